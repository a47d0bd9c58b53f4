/** The requests of a schedule that can set a cookie, each with the checks of its answer. */

import { expect } from 'vitest'
import { readEvents } from '../read-events.ts'
import type { Browser } from './browser.ts'
import { checkAnswer, checkPrompt, checkReceipts, pairOf } from './checks.ts'
import { type Cookie, EMPTY, type HeldReceipt, type Mark } from './ledger.ts'
import type { ScheduleServer } from './server.ts'
import type { Step, StreamEnd } from './steps.ts'
import { viewOf, type World } from './view.ts'

/** A world with the browser that acts in it. */
export interface Scene extends World {
  readonly browser: Browser
}

type Saying = Extract<Step, { do: 'say' | 'stream' }>
type Replay = Extract<Step, { do: 'replay' }>

/** Sends a message with all receipts that the tab holds. */
export async function chat(scene: Scene, at: Saying): Promise<void> {
  const { server, ledger, browser } = scene
  const before = browser.jar
  const sent = [...browser.held(at.tab)]
  const { message, mark } = ledger.say(at.chars, before)
  const isStreamed = at.do === 'stream'
  const body = { message, receipts: tokensOf(sent), ...(at.replaces && { replaces: 'last' }) }
  const response = await server.request({
    path: '/chat',
    pair: before?.pair,
    body,
    wantsEvents: isStreamed,
  })
  const replaces = at.replaces ? await lastTurn(scene, before, sent) : null
  if (replaces !== null) ledger.replacing += 1
  const turn: HeldReceipt = { token: '', mark, conversation: 0, replaces }
  const add = isStreamed ? sent : [...sent, turn]
  const change = await checkAnswer(scene, response, before, { add })
  expect(response.status).toBe(200)
  const replaced = replacedBy([...sent, turn])
  const settled = checkReceipts(scene, response, sent, before, change, replaced)
  const { cookie, from, to } = change
  const merged = sent.filter((one) => one.conversation === before?.conversation)
  const known = [...from.marks, ...to.marks, ...merged.map((one) => one.mark)]
  const earlier = known.filter((one) => one !== replaces && one !== mark)
  checkPrompt(scene, earlier, to, message)
  const conversation = cookie?.conversation ?? 0
  if (at.do === 'stream') {
    const tokens = await readReceipts(server, response, at.end)
    ledger.place(mark, conversation)
    for (const token of tokens) {
      browser.giveLater(at.late, at.tab, { token, mark, conversation, replaces })
    }
  } else {
    expect(to.marks, 'the turn is in the cookie').toContain(mark)
  }
  ledger.finished.set(mark, conversation)
  browser.answerLater(at.late, { cookie: newCookie(response, cookie), tab: at.tab, sent, settled })
}

/** Sends receipts only. Without any there is no request. */
export async function commit(
  scene: Scene,
  tab: number,
  sent: readonly HeldReceipt[],
  late: number,
): Promise<void> {
  if (sent.length === 0) return
  const { server, browser } = scene
  const before = browser.jar
  const response = await sendReceipts(server, before, sent)
  const change = await checkAnswer(scene, response, before, { add: sent })
  const settled = checkReceipts(scene, response, sent, before, change, replacedBy(sent))
  const expected = sent.some(({ mark }) => mark === 'forged') ? [400] : [200, 409, 410]
  expect(expected).toContain(response.status)
  if (response.status !== 200) expect(response.headers.getSetCookie()).toEqual([])
  browser.answerLater(late, { cookie: newCookie(response, change.cookie), tab, sent, settled })
}

/** Commits a receipt that some tab once had, twice; the second one may be forged. */
export async function replay(scene: Scene, { tab, which, forged, late }: Replay): Promise<void> {
  const { everHeld } = scene.browser
  const old = everHeld[which % Math.max(1, everHeld.length)]
  if (!old) return
  const token = old.token.slice(0, -9) + (forged ? 'AAAAAAAAA' : old.token.slice(-9))
  const again = { ...old, token, ...(forged && { mark: 'forged', conversation: 0 }) }
  await commit(scene, tab, [old, again], late)
}

/** Starts the conversation over. */
export async function reset(scene: Scene, tab: number, late: number): Promise<void> {
  const { server, browser } = scene
  const before = browser.jar
  const response = await server.request({ path: '/reset', pair: before?.pair, body: {} })
  const { cookie, to } = await checkAnswer(scene, response, before, { add: [], restart: true })
  expect([response.status, to.marks, to.forgotten]).toEqual([200, [], 0])
  browser.answerLater(late, { cookie: newCookie(response, cookie), tab, sent: [], settled: [] })
}

/** The turn that a request with `"replaces": "last"` aims at: the last one once its receipts are merged. */
async function lastTurn(
  scene: Scene,
  before: Cookie | null,
  sent: readonly HeldReceipt[],
): Promise<Mark | null> {
  const { server, ledger } = scene
  const isAlive = ledger.isAlive(before)
  const last = (isAlive ? await viewOf(scene, before) : EMPTY).marks.at(-1) ?? null
  if (sent.length === 0 || !isAlive) return last
  const merged = await sendReceipts(server, before, sent)
  const [line] = merged.headers.getSetCookie()
  if (line === undefined) return last
  const cookie = { ...before, pair: pairOf(line), gone: new Set<Mark>() }
  return (await viewOf(scene, cookie)).marks.at(-1) ?? null
}

/** The receipts of a streamed turn. A checkpoint is what the server would have signed halfway. */
async function readReceipts(
  server: ScheduleServer,
  response: Response,
  end: StreamEnd,
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

function sendReceipts(
  server: ScheduleServer,
  cookie: Cookie | null,
  sent: readonly HeldReceipt[],
): Promise<Response> {
  const body = { receipts: tokensOf(sent) }
  return server.request({ path: '/chat/commit', pair: cookie?.pair, body })
}

function tokensOf(receipts: readonly HeldReceipt[]): readonly string[] {
  return receipts.map(({ token }) => token)
}

function replacedBy(receipts: readonly HeldReceipt[]): readonly (Mark | null)[] {
  return receipts.map(({ replaces }) => replaces)
}

function newCookie(response: Response, cookie: Cookie | null): Cookie | null | 'unchanged' {
  return response.headers.getSetCookie().length > 0 ? cookie : 'unchanged'
}
