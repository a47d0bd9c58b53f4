/**
 * A browser with three tabs and one cookie jar, whose requests overlap, and what must hold whatever they do. Every step is one
 * request; the server's answer is computed at once, with the cookies of that moment, and takes effect in the browser some steps later,
 * as answers do that overtake one another. What a cookie holds is read through `GET /history` with a store that works.
 */

import { expect } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type HistoryReply, SETTLED_HEADER } from '../../src/wire.ts'
import { createChatApp, createEcho, ORIGIN } from './chat-app.ts'
import { createFaultyStore } from './faulty-store.ts'
import { prose } from './prose.ts'
import { readEvents } from './read-events.ts'

export const TABS = 3
const MAX_AGE_SECONDS = 1000
const MAX_LINE = 4093
/** `MAX_TURNS` less the new message. */
const WINDOW = 9
/** A receipt may be refused only after so many turns, replaced ones included: those that a cookie remembers by their ids, and one. */
const REMEMBERED = 9

export type Fault =
  | 'none'
  | 'refuses writes'
  | 'refuses reads'
  | 'finds nothing'
  | 'damages'
  | 'is away'

export type Step =
  | {
      readonly do: 'say'
      readonly tab: number
      readonly chars: number
      readonly replaces: boolean
      readonly late: number
    }
  | {
      readonly do: 'stream'
      readonly tab: number
      readonly chars: number
      readonly replaces: boolean
      /** Stopped by the visitor, so that only a checkpoint comes; or the checkpoint comes to the tab besides the end. */
      readonly end: 'done' | 'stopped' | 'both'
      readonly late: number
    }
  | { readonly do: 'commit'; readonly tab: number; readonly late: number }
  /** Commits what some tab once had, perhaps of an older conversation, perhaps forged. */
  | {
      readonly do: 'replay'
      readonly tab: number
      readonly which: number
      readonly forged: boolean
      readonly late: number
    }
  | { readonly do: 'reset'; readonly tab: number; readonly late: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'restart'; readonly newSecret: boolean }
  | { readonly do: 'fault'; readonly fault: Fault }

/** A turn's mark, in both of its texts. */
type Mark = string

interface View {
  /** The conversation's number; 0 for a cookie that holds none that is alive. */
  readonly conversation: number
  readonly marks: readonly Mark[]
  readonly texts: readonly string[]
  readonly forgotten: number
  readonly unreadable: number
}

interface HeldReceipt {
  readonly token: string
  readonly mark: Mark
  readonly conversation: number
  readonly replaces: Mark | null
}

interface Late {
  readonly due: number
  readonly arrive: () => void
}

interface Cookie {
  readonly pair: string
  readonly conversation: number
  /** Turns that were replaced or forgotten before: they must not come back. */
  readonly gone: ReadonlySet<Mark>
}

const EMPTY: View = { conversation: 0, marks: [], texts: [], forgotten: 0, unreadable: 0 }

/**
 * Plays a schedule and checks every answer; then sends what is unsettled once more and checks what is left.
 *
 * @param inTurn whether requests that may set a cookie wait for one another, as the page's do under a Web Lock
 */
export async function play(steps: readonly Step[], inTurn: boolean): Promise<void> {
  const store = createFaultyStore(createMemoryStore({ now: () => 0, maxChars: 1e9 }))
  const echo = createEcho()
  let secrets = ['the first secret of the schedule and long enough']
  let nowMs = 1_800_000_000_000
  let fault: Fault = 'none'
  let server = build()
  const browser: { jar: Cookie | null } = { jar: null }
  let step = 0
  let late: Late[] = []
  /** When each conversation began, in seconds; the first has number 1. */
  const started: number[] = [0]
  const tabs: HeldReceipt[][] = Array.from({ length: TABS }, () => [])
  const everHeld: HeldReceipt[] = []
  const texts = new Map<Mark, { user: string; conversation: number }>()
  const finished = new Map<Mark, number>()
  const refused = new Set<Mark>()
  let everFaulty = false
  let replacing = 0

  function build() {
    return createChatApp({
      store,
      secrets,
      maxAgeSeconds: MAX_AGE_SECONDS,
      now: () => nowMs,
      model: echo.model,
    })
  }

  function setFault(next: Fault): void {
    const always = Number.POSITIVE_INFINITY
    const away = next === 'is away'
    store.rejections.put = away || next === 'refuses writes' ? always : 0
    store.rejections.get = away || next === 'refuses reads' ? always : 0
    store.rejections.deleteAll = away ? always : 0
    store.hiddenReads = next === 'finds nothing' ? always : 0
    store.damage = next === 'damages' ? 'flipped' : 'none'
  }

  const nowSeconds = () => Math.floor(nowMs / 1000)
  const isAlive = (cookie: Cookie | null): cookie is Cookie =>
    cookie !== null && nowSeconds() - (started[cookie.conversation] ?? 0) < MAX_AGE_SECONDS

  function request(path: string, cookie: Cookie | null, body?: object, events = false) {
    return server.app.request(ORIGIN + path, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        'Content-Type': 'application/json',
        Accept: events ? 'text/event-stream' : 'application/json',
        ...(cookie && { Cookie: cookie.pair }),
      },
    })
  }

  /** What a cookie holds, once the store works. */
  async function view(cookie: Cookie | null): Promise<View> {
    if (!isAlive(cookie)) return EMPTY
    setFault('none')
    const response = await request('/history', cookie)
    // The store is read while the answer is.
    const history: HistoryReply = JSON.parse(await response.text())
    setFault(fault)
    const { turns, forgotten, unreadable = 0 } = history
    const marks: Mark[] = []
    for (const [i, { role, content }] of turns.entries()) {
      const mark = /m\d+\|/.exec(content)?.[0] ?? `unknown: ${content}`
      expect(role).toBe(i % 2 === 0 ? 'user' : 'assistant')
      if (role === 'user') marks.push(mark)
      else expect(mark, 'a reply belongs to its message').toBe(marks.at(-1))
      checkText(mark, role, content)
    }
    expect(new Set(marks).size, 'no turn is there twice').toBe(marks.length)
    for (const mark of marks) {
      expect(texts.get(mark)?.conversation, `${mark} is of this conversation`).toBe(
        cookie.conversation,
      )
      expect(cookie.gone.has(mark), `${mark} does not come back`).toBe(false)
    }
    const { conversation } = cookie
    return {
      conversation,
      marks,
      texts: turns.map(({ content }) => content),
      forgotten,
      unreadable,
    }
  }

  /** Nobody ever reads what was not said, but for what had to be cut where nothing could be moved. */
  function checkText(mark: Mark, role: string, content: string): void {
    const user = texts.get(mark)?.user ?? ''
    const whole = role === 'user' ? user : `Answer to ${user}`
    const [head = '', tail = ''] = content.split(/ \[…\] ?/)
    const isPart = whole.startsWith(head) && whole.endsWith(tail)
    const mayBePart = role === 'assistant' || everFaulty
    expect(content === whole || (mayBePart && isPart), `${mark} is as it was said`).toBe(true)
  }

  /** Reads the answer's cookie and checks that only what the request may do has happened between the two. */
  async function check(
    response: Response,
    before: Cookie | null,
    may: { readonly add: readonly HeldReceipt[]; readonly restart?: boolean },
  ): Promise<{ cookie: Cookie | null; from: View; to: View }> {
    expect(response.status, await failure(response)).toBeLessThan(500)
    const lines = response.headers.getSetCookie()
    expect(lines.length).toBeLessThanOrEqual(1)
    const [line] = lines
    const from = await view(before)
    if (line === undefined) return { cookie: before, from, to: from }
    expect(line.length).toBeLessThanOrEqual(MAX_LINE)
    const goesOn = isAlive(before) && !may.restart
    if (!goesOn) started.push(nowSeconds())
    const conversation = goesOn ? before.conversation : started.length - 1
    const pair = line.split(';')[0] ?? ''
    for (const { mark } of may.add) {
      const text = texts.get(mark)
      if (text?.conversation === 0) texts.set(mark, { ...text, conversation })
    }
    const to = await view({ pair, conversation, gone: new Set() })
    const base = goesOn ? from : EMPTY
    const added = to.marks.filter((mark) => !base.marks.includes(mark))
    const removed = base.marks.filter((mark) => !to.marks.includes(mark))
    // What came and went at once: replaced by the very request that brought it, or dropped for want of room.
    const passing = may.add.filter((one) => one.conversation === conversation)
    const left = passing.map(({ mark }) => mark).filter((mark) => !to.marks.includes(mark))
    const gone = new Set([...(goesOn ? before.gone : []), ...removed, ...left])
    for (const mark of added) {
      expect(goesOn && before.gone.has(mark), `${mark} does not come back`).toBe(false)
      expect(may.add.map((one) => one.mark)).toContain(mark)
    }
    const stayed = base.marks.filter((mark) => to.marks.includes(mark))
    expect(
      to.marks.filter((mark) => stayed.includes(mark)),
      'the order stays',
    ).toEqual(stayed)
    const lost = (to.forgotten - base.forgotten) / 2
    if (fault === 'none') expect(lost, 'a store that works forgets nothing').toBe(0)
    if (base.unreadable === 0 && to.unreadable === 0) {
      const replaceable = may.add.map(({ replaces }) => replaces)
      const replaced = removed.filter((mark) => replaceable.includes(mark)).length
      const size = (v: View) => v.marks.length + v.forgotten / 2
      const least = size(base) + added.length - replaced
      expect(size(to), 'every turn is there or counted').toBeGreaterThanOrEqual(least)
      expect(size(to)).toBeLessThanOrEqual(least + (fault === 'none' ? 0 : replaced + left.length))
    }
    return { cookie: { pair, conversation, gone }, from: base, to }
  }

  async function failure(response: Response): Promise<string> {
    return response.status < 500 ? '' : await response.clone().text()
  }

  /** What an answer says of the receipts that its request brought. */
  function checkReceipts(
    response: Response,
    sent: readonly HeldReceipt[],
    before: Cookie | null,
    from: View,
    to: View,
    replaced: readonly (Mark | null)[],
  ): readonly number[] {
    const settled = (response.headers.get(SETTLED_HEADER) || null)?.split(',').map(Number) ?? []
    const took = response.headers.getSetCookie().length > 0
    for (const [i, { mark, conversation }] of sent.entries()) {
      const own = isAlive(before) && conversation === before.conversation
      const known =
        from.marks.includes(mark) || (own && before.gone.has(mark)) || from.unreadable > 0
      if (settled.includes(i)) {
        if (own && !known) {
          const others = from.marks.length + from.forgotten / 2 + before.gone.size
          expect(others).toBeGreaterThanOrEqual(REMEMBERED)
          refused.add(mark)
        }
      } else if (took) {
        const there =
          to.marks.includes(mark) ||
          replaced.includes(mark) ||
          to.unreadable > 0 ||
          fault !== 'none'
        expect(there, `${mark} was taken`).toBe(true)
      }
    }
    return settled
  }

  /** The model saw the newest turns of the conversation before this one, and nothing else. */
  function checkPrompt(marks: readonly Mark[], base: View, message: string): void {
    const prompt = echo.prompts.at(-1) ?? []
    const seen = prompt.slice(1).map(({ content }) => content)
    expect(prompt[0]?.role).toBe('system')
    expect(seen.at(-1)).toBe(message)
    for (const content of seen.slice(0, -1)) {
      expect(marks).toContain(/m\d+\|/.exec(content)?.[0])
    }
    if (fault !== 'none' || base.unreadable > 0) return
    const said = base.texts.filter((content) => marks.includes(/m\d+\|/.exec(content)?.[0] ?? ''))
    expect(seen.slice(0, -1)).toEqual(said.slice(-WINDOW))
  }

  function arriveLater(after: number, arrive: () => void): void {
    late.push({ due: step + after, arrive })
  }

  function deliver(all: boolean): void {
    const due = late.filter((one) => all || one.due <= step).sort((a, b) => a.due - b.due)
    late = late.filter((one) => !due.includes(one))
    for (const { arrive } of due) arrive()
  }

  function newMessage(chars: number): { message: string; mark: Mark } {
    const mark = `m${texts.size}|`
    const message = `${mark} ${prose(texts.size, chars)}`
    const conversation = isAlive(browser.jar) ? browser.jar.conversation : 0
    texts.set(mark, { user: message, conversation })
    return { message, mark }
  }

  const held = (tab: number): HeldReceipt[] => tabs[tab] ?? []
  const drop = (tab: number, sent: readonly HeldReceipt[], settled: readonly number[]): void => {
    const done = sent.filter((_, i) => settled.includes(i))
    tabs[tab] = held(tab).filter((one) => !done.includes(one))
  }
  const setJar = (cookie: Cookie | null, response: Response): void => {
    if (response.headers.getSetCookie().length > 0) browser.jar = cookie
  }

  async function chat(at: Extract<Step, { do: 'say' | 'stream' }>): Promise<void> {
    const before = browser.jar
    const sent = [...held(at.tab)]
    const { message, mark } = newMessage(at.chars)
    const streamed = at.do === 'stream'
    const body = {
      message,
      receipts: sent.map(({ token }) => token),
      ...(at.replaces && { replaces: 'last' }),
    }
    const response = await request('/chat', before, body, streamed)
    const own: HeldReceipt = { token: '', mark, conversation: 0, replaces: null }
    const replaces = await replacedBy(before, sent, at.replaces)
    const turn = { ...own, replaces }
    if (replaces !== null) replacing += 1
    const { cookie, from, to } = await check(response, before, {
      add: streamed ? sent : [...sent, turn],
    })
    expect(response.status).toBe(200)
    const settled = checkReceipts(
      response,
      sent,
      before,
      from,
      to,
      [...sent, turn].map((one) => one.replaces),
    )
    const merged = sent.filter((one) => one.conversation === before?.conversation)
    const seen = [...from.marks, ...to.marks, ...merged.map((one) => one.mark)]
    checkPrompt(
      seen.filter((one) => one !== replaces && one !== mark),
      to,
      message,
    )
    if (streamed) {
      const receipts = await readReceipts(response, at.end)
      const conversation = cookie?.conversation ?? 0
      texts.set(mark, { user: message, conversation })
      for (const token of receipts) {
        const receipt = { token, mark, conversation, replaces }
        everHeld.push(receipt)
        arriveLater(at.late, () => void held(at.tab).push(receipt))
      }
      finished.set(mark, conversation)
    } else {
      expect(to.marks, 'the turn is in the cookie').toContain(mark)
      finished.set(mark, cookie?.conversation ?? 0)
    }
    arriveLater(at.late, () => {
      setJar(cookie, response)
      drop(at.tab, sent, settled)
    })
  }

  /** The turn that a request with `"replaces": "last"` aims at: the last one once its receipts are merged. */
  async function replacedBy(
    before: Cookie | null,
    sent: readonly HeldReceipt[],
    replaces: boolean,
  ): Promise<Mark | null> {
    if (!replaces) return null
    const state = isAlive(before) ? await view(before) : EMPTY
    if (sent.length === 0 || !isAlive(before)) return state.marks.at(-1) ?? null
    const merged = await request('/chat/commit', before, {
      receipts: sent.map(({ token }) => token),
    })
    const [line] = merged.headers.getSetCookie()
    if (line === undefined) return state.marks.at(-1) ?? null
    const pair = line.split(';')[0] ?? ''
    return (await view({ ...before, pair, gone: new Set() })).marks.at(-1) ?? null
  }

  /** The receipts of a streamed turn; a checkpoint is what the server would have signed halfway. */
  async function readReceipts(
    response: Response,
    end: 'done' | 'stopped' | 'both',
  ): Promise<readonly string[]> {
    const { events } = await readEvents(response)
    expect(events.at(-1)?.name).toBe('done')
    const token = String(events.at(-1)?.data['receipt'])
    const receipt = await server.receipts.open(token)
    if (!receipt) throw new Error('the receipt cannot be opened')
    const assistant = receipt.turn.assistant.slice(0, receipt.turn.assistant.length / 2 + 10)
    const turn = { ...receipt.turn, assistant, stopped: true }
    const checkpoint = await server.receipts.issue({ ...receipt, turn })
    if (end === 'done') return [token]
    return end === 'stopped' ? [checkpoint] : [checkpoint, token]
  }

  async function commit(tab: number, sent: readonly HeldReceipt[], lateBy: number): Promise<void> {
    if (sent.length === 0) return
    const before = browser.jar
    const receipts = sent.map(({ token }) => token)
    const response = await request('/chat/commit', before, { receipts })
    const { cookie, from, to } = await check(response, before, { add: sent })
    const replaced = sent.map((one) => one.replaces)
    const settled = checkReceipts(response, sent, before, from, to, replaced)
    const expected = sent.some(({ mark }) => mark === 'forged') ? [400] : [200, 409, 410]
    expect(expected).toContain(response.status)
    if (response.status !== 200) expect(response.headers.getSetCookie()).toEqual([])
    arriveLater(lateBy, () => {
      setJar(cookie, response)
      drop(tab, sent, settled)
    })
  }

  async function replay({ tab, which, forged, late: lateBy }: Extract<Step, { do: 'replay' }>) {
    const old = everHeld[which % Math.max(1, everHeld.length)]
    if (!old) return
    const token = old.token.slice(0, -9) + (forged ? 'AAAAAAAAA' : old.token.slice(-9))
    await commit(
      tab,
      [old, { ...old, token, ...(forged && { mark: 'forged', conversation: 0 }) }],
      lateBy,
    )
  }

  async function take(at: Step): Promise<void> {
    const setsCookie = !['wait', 'restart', 'fault'].includes(at.do)
    if (inTurn && setsCookie) deliver(true)
    if (at.do === 'say' || at.do === 'stream') await chat(at)
    else if (at.do === 'commit') await commit(at.tab, [...held(at.tab)], at.late)
    else if (at.do === 'replay') await replay(at)
    else if (at.do === 'reset') {
      const response = await request('/reset', browser.jar, {})
      const { cookie, to } = await check(response, browser.jar, { add: [], restart: true })
      expect([response.status, to.marks, to.forgotten]).toEqual([200, [], 0])
      arriveLater(at.late, () => setJar(cookie, response))
    } else if (at.do === 'wait') nowMs += at.seconds * 1000
    else if (at.do === 'restart') {
      if (at.newSecret)
        secrets = [`secret number ${step} of the schedule and long enough`, ...secrets]
      server = build()
    } else {
      fault = at.fault
      everFaulty ||= fault !== 'none'
      setFault(fault)
    }
  }

  for (const at of steps) {
    await take(at)
    step += 1
    deliver(false)
  }
  deliver(true)
  fault = 'none'
  setFault('none')
  for (let round = 0; round < 2; round++) {
    for (let tab = 0; tab < TABS; tab++) {
      await commit(tab, [...held(tab)], 0)
      deliver(true)
    }
  }
  for (let tab = 0; tab < TABS; tab++) expect(held(tab), 'all receipts are settled').toEqual([])
  const last = browser.jar
  if (!inTurn || everFaulty || !isAlive(last)) return
  const { marks, forgotten, unreadable } = await view(last)
  expect([forgotten, unreadable]).toEqual([0, 0])
  const { conversation, gone } = last
  const missing = [...finished].filter(
    ([mark, of]) => of === conversation && !marks.includes(mark) && !refused.has(mark),
  )
  expect(missing.filter(([mark]) => !gone.has(mark))).toEqual([])
  expect(gone.size).toBeLessThanOrEqual(replacing)
}
