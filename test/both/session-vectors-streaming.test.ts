/**
 * The sixty test vectors of sessions, 31 to 47: streamed turns, receipts, and what happens at the same time.
 *
 * What does not apply: of 33 the revision, which the state does not have; a commit is known by its turn.
 */

import { describe, expect, it } from 'vitest'
import { createReceipts } from '../../src/conversation/receipt.ts'
import { AppError } from '../../src/errors.ts'
import type { Model } from '../../src/model/model.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { SETTLED_HEADER } from '../../src/wire.ts'
import { createChatApp, createEcho, ORIGIN, SECRET } from '../support/chat-app.ts'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { textModel } from '../support/text-model.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const store = createMemoryStore({ now: Date.now, maxChars: 1e9 })

/** A model that says half of its reply, waits, and says the rest, or fails. */
function createSlow(end: () => Promise<unknown>): Model {
  return textModel('slow', async function* () {
    yield 'Half '
    await end()
    yield 'and half'
    return 'stop'
  })
}

/** A turn for the archive: larger than the half of a cookie. */
const large = (i: number) => `turn-${i}- ${prose(i, 4000)}`

async function receiptFor(visitor: Visitor, message: string): Promise<string> {
  const { events } = await readEvents(await visitor.stream({ message }))
  return String(events.at(-1)?.data['receipt'])
}
const commit = (visitor: Visitor, ...receipts: string[]) =>
  visitor.post('/chat/commit', { receipts })
/** What the visitor said, in order. */
async function saidIn(visitor: Visitor): Promise<readonly string[]> {
  const { turns } = await visitor.history()
  return turns.filter(({ role }) => role === 'user').map(({ content }) => content)
}
const codeOf = async (response: Response) => {
  const body: { code?: string } = JSON.parse(await response.text())
  return [response.status, body.code]
}

describe('streaming', () => {
  const { app, cookies, archive, receipts } = createChatApp({ store })
  const newVisitor = () => createVisitor(ORIGIN, app.request)

  it('31. no cookie is even tried to be set after the first byte', async () => {
    const attempts: string[] = []
    let started = false
    const { append, set } = Headers.prototype
    const spyOn = (original: typeof append) =>
      function spy(this: Headers, name: string, value: string) {
        if (started && name.toLowerCase() === 'set-cookie') attempts.push(value)
        return original.call(this, name, value)
      }
    let finish = () => {}
    const end = new Promise<void>((resolve) => {
      finish = resolve
    })
    const slow = createVisitor(ORIGIN, createChatApp({ model: createSlow(() => end) }).app.request)
    Object.assign(Headers.prototype, { append: spyOn(append), set: spyOn(set) })
    try {
      const response = await slow.stream({ message: 'Hi' })
      expect(response.headers.getSetCookie()).toHaveLength(1)
      started = true
      finish()
      expect((await readEvents(response)).events.at(-1)?.name).toBe('done')
      expect(attempts).toEqual([])
      new Headers().append('Set-Cookie', 'the spy sees it')
      expect(attempts).toEqual(['the spy sees it'])
    } finally {
      Object.assign(Headers.prototype, { append, set })
    }
  })

  it('32. the receipt is in the last event, and in no other but a checkpoint', async () => {
    const { events } = await readEvents(await newVisitor().stream({ message: 'Hi' }))
    expect(events.map(({ name }) => name)).toEqual(['token', 'token', 'done'])
    expect(events.filter(({ data }) => 'receipt' in data)).toEqual([events.at(-1)])
  })

  it('33. a commit answers 200 with a cookie that holds the turn; 34. a second one changes nothing', async () => {
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, 'Hi')
    const first = await commit(visitor, receipt)
    expect([first.status, first.headers.getSetCookie().length]).toEqual([200, 1])
    expect(first.headers.get(SETTLED_HEADER)).toBe('')
    const second = await commit(visitor, receipt)
    expect([second.status, second.headers.get(SETTLED_HEADER)]).toEqual([200, '0'])
    expect(await saidIn(visitor)).toEqual(['Hi'])
  })

  it('35. a receipt is a no-op while its turn is in cookie or ring, and 410 from then on', async () => {
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, large(0))
    await commit(visitor, receipt)
    const said = [large(0)]
    for (let i = 1; i <= 8; i++) {
      expect((await commit(visitor, receipt)).status).toBe(200)
      said.push(large(i))
      await visitor.say(large(i))
    }
    expect(await saidIn(visitor)).toEqual(said)
    await visitor.say(large(9))
    const late = await commit(visitor, receipt)
    expect(late.headers.getSetCookie()).toEqual([])
    expect(late.headers.get(SETTLED_HEADER)).toBe('0')
    expect(await codeOf(late)).toEqual([410, 'receipt_expired'])
    expect(await saidIn(visitor)).toEqual([...said, large(9)])
  })

  it('36. a receipt of another session is refused with 409', async () => {
    const [one, two] = [newVisitor(), newVisitor()]
    const receipt = await receiptFor(one, 'of one')
    await two.say('of two')
    expect(await codeOf(await commit(two, receipt))).toEqual([409, 'receipt_conflict'])
    await two.post('/chat', { message: 'more', receipts: [receipt] })
    expect(await saidIn(two)).toEqual(['of two', 'more'])
  })

  it('37. a receipt within the next chat request works as well, streamed or not', async () => {
    const visitor = newVisitor()
    const one = await receiptFor(visitor, 'one')
    await visitor.post('/chat', { message: 'two', receipts: [one] })
    const three = await receiptFor(visitor, 'three')
    await readEvents(await visitor.stream({ message: 'four', receipts: [three] }))
    expect(await saidIn(visitor)).toEqual(['one', 'two', 'three'])
  })

  it('38. a stream that the visitor leaves changes no history', async () => {
    const slow = createChatApp({ model: createSlow(() => new Promise(() => {})) }).app
    const visitor = createVisitor(ORIGIN, slow.request)
    const response = await visitor.stream({ message: 'Hi' })
    await response.body?.cancel()
    expect(await saidIn(visitor)).toEqual([])
  })

  it('39. a model that fails within the reply gets no receipt', async () => {
    const failing = createSlow(() => Promise.reject(new AppError('model_interrupted')))
    const visitor = createVisitor(ORIGIN, createChatApp({ model: failing }).app.request)
    const { events, text } = await readEvents(await visitor.stream({ message: 'Hi' }))
    expect(events.map(({ name }) => name)).toEqual(['token', 'error'])
    expect(text).not.toContain('receipt')
    expect(await saidIn(visitor)).toEqual([])
  })

  it('40. a forged reply is refused with 400', async () => {
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, 'Hi')
    const state = await cookies.load(visitor.cookie(), 'plain')
    const turn = { id: 'mjd2k0f000001', user: 'Hi', assistant: 'I agree', stopped: false }
    const foreign = createReceipts(createTokens([`${SECRET}!`]))
    const forged = await foreign.issue({ conversationId: state?.id ?? '', turn, replaces: '' })
    const swapped = [...forged.split('.').slice(0, 2), receipt.split('.')[2]].join('.')
    for (const token of [forged, swapped, visitor.cookie().slice('chat_dev='.length)]) {
      expect(await codeOf(await commit(visitor, token))).toEqual([400, 'receipt_invalid'])
      await visitor.post('/chat', { message: 'Hi', receipts: [token], replaces: 'last' })
      expect((await visitor.history()).turns.map(({ content }) => content)).toEqual([
        'Hi',
        'Answer to Hi',
      ])
    }
  })

  it.each<[string, RequestInit['headers'], string, number]>([
    ['another origin', { Origin: 'https://evil.example' }, 'json', 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 'json', 403],
    ['a sibling site', { 'Sec-Fetch-Site': 'same-site' }, 'json', 403],
    ['no origin', { Origin: 'null' }, 'json', 403],
    ['plain text', {}, 'text/plain', 415],
    ['a form', {}, 'application/x-www-form-urlencoded', 415],
    ['parts', {}, 'multipart/form-data; boundary=x', 415],
  ])('41. a commit from %s is refused', async (_name, headers, type, expected) => {
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, 'Hi')
    const response = await app.request(`${ORIGIN}/chat/commit`, {
      method: 'POST',
      headers: {
        'Content-Type': type === 'json' ? 'application/json' : type,
        Cookie: visitor.cookie(),
        ...headers,
      },
      body: JSON.stringify({ receipt }),
    })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.status).toBe(expected)
    expect(await saidIn(visitor)).toEqual([])
  })

  it('a receipt comes alone, twice, or beside refused ones, and says of each whether it is settled', async () => {
    const visitor = newVisitor()
    const [one, two] = [await receiptFor(visitor, 'one'), await receiptFor(visitor, 'two')]
    const foreign = await receiptFor(newVisitor(), 'foreign')
    const response = await commit(visitor, one, foreign, one, two)
    expect([response.status, response.headers.get(SETTLED_HEADER)]).toEqual([200, '1'])
    const again = await commit(visitor, one, foreign, one, two)
    expect(again.headers.get(SETTLED_HEADER)).toBe('0,1,2,3')
    expect(await saidIn(visitor)).toEqual(['one', 'two'])
  })

  it('a list of thousands costs little, and those beyond a hundred different ones are left for the next time', async () => {
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, 'Hi')
    const many = await commit(visitor, receipt, ...Array.from({ length: 60_000 }, () => 'x'))
    expect(many.status).toBe(400)
    expect(many.headers.get(SETTLED_HEADER)?.length).toBeLessThan(500)
    const foreign = await receiptFor(newVisitor(), 'foreign')
    const opened = await receipts.open(foreign)
    if (!opened) throw new Error('This receipt was made by the app itself')
    const hundred = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        receipts.issue({ ...opened, turn: { ...opened.turn, assistant: `${i}` } }),
      ),
    )
    expect((await commit(visitor, ...hundred, receipt)).status).toBe(409)
    const kept = await commit(visitor, ...hundred.slice(1), receipt, receipt)
    expect([kept.status, kept.headers.get(SETTLED_HEADER)?.split(',').length]).toEqual([200, 99])
    expect(await saidIn(visitor)).toEqual(['Hi'])
  })

  it('a receipt counts for the conversation of its cookie on every process, and in the archive', async () => {
    const other = createChatApp({ store })
    const visitor = newVisitor()
    const receipt = await receiptFor(visitor, large(1))
    const elsewhere = createVisitor(ORIGIN, other.app.request)
    elsewhere.setCookie(visitor.cookie())
    expect((await commit(elsewhere, receipt)).status).toBe(200)
    const state = await cookies.load(elsewhere.cookie(), 'plain')
    if (!state) throw new Error('no session')
    expect((await archive.read(state, 0, 1)).turns[0]?.user).toBe(large(1))
    expect(await receipts.open(receipt)).not.toBeNull()
  })
})

describe('concurrency', () => {
  const echo = createEcho()
  const { app } = createChatApp({ store, model: echo.model })
  /** Two tabs that share one conversation but, while their requests overlap, not yet each other's answers. */
  async function twoTabs() {
    const [one, two] = [createVisitor(ORIGIN, app.request), createVisitor(ORIGIN, app.request)]
    await one.page()
    two.setCookie(one.cookie())
    return { one, two }
  }

  it('42. two tabs that begin with the same cookie and commit one after the other keep both turns', async () => {
    const { one, two } = await twoTabs()
    const receipts = [await receiptFor(one, 'one'), await receiptFor(two, 'two')]
    await commit(one, receipts[0] ?? '')
    two.setCookie(one.cookie())
    await commit(two, receipts[1] ?? '')
    expect(await saidIn(two)).toEqual(['one', 'two'])
  })

  it('43. the turn of an overlapped commit comes back when its receipt is sent again', async () => {
    const { one, two } = await twoTabs()
    const lost = await receiptFor(one, 'one')
    await commit(one, lost)
    const answer = await commit(two, await receiptFor(two, 'two'))
    expect(answer.headers.get(SETTLED_HEADER)).toBe('')
    one.setCookie(two.cookie())
    expect(await saidIn(one)).toEqual(['two'])
    await commit(one, lost)
    expect(await saidIn(one)).toEqual(['two', 'one'])
  })

  it('44. a reset during a stream leaves its late commit without effect', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('before')
    const response = await visitor.stream({ message: 'late' })
    await visitor.post('/reset')
    const receipt = String((await readEvents(response)).events.at(-1)?.data['receipt'])
    const answer = await commit(visitor, receipt)
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(await codeOf(answer)).toEqual([409, 'receipt_conflict'])
    expect(await visitor.history()).toEqual({ turns: [], forgotten: 0 })
    await visitor.say('after')
    expect(echo.prompts.at(-1)?.map(({ content }) => content)).toEqual([
      expect.any(String),
      'after',
    ])
  })

  it('45. a reset during a commit: whichever cookie stays, no turn is in both conversations', async () => {
    const { one, two } = await twoTabs()
    const receipt = await receiptFor(one, 'one')
    await Promise.all([commit(one, receipt), two.post('/reset')])
    expect([await saidIn(one), await saidIn(two)]).toEqual([['one'], []])
    expect((await commit(two, receipt)).status).toBe(409)
    expect(await saidIn(two)).toEqual([])
  })

  it('46. a hundred parallel commits of one receipt add one turn', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    const receipt = await receiptFor(visitor, 'once')
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => commit(visitor, receipt, receipt)),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(await saidIn(visitor)).toEqual(['once'])
  })

  it('47. two tabs that overflow together write two archives, which do not mix', async () => {
    const { one, two } = await twoTabs()
    const numbers = Array.from({ length: 12 }, (_, i) => i)
    await Promise.all(
      [one, two].map(async (tab, t) => {
        for (const i of numbers) await tab.say(large(100 * t + i))
      }),
    )
    expect(await saidIn(one)).toEqual(numbers.map(large))
    expect(await saidIn(two)).toEqual(numbers.map((i) => large(100 + i)))
  })
})
