/** What must hold of every answer: of its cookie, of the receipts that it settles, of the prompt behind it. */

import { expect } from 'vitest'
import { SETTLED_HEADER } from '../../../src/wire.ts'
import {
  type Cookie,
  countTurnsOf,
  EMPTY,
  type HeldReceipt,
  type Mark,
  markIn,
  type View,
} from './ledger.ts'
import { viewOf, type World } from './view.ts'

const MAX_LINE = 4093
/** `MAX_TURNS` less the new message. */
const WINDOW = 9
/**
 * A receipt may be refused only after so many turns, replaced ones included: those that a cookie
 * remembers by their ids, and one.
 */
const REMEMBERED = 9

/** What a request may do to the conversation. */
export interface Allowed {
  /** The turns that it brings. */
  readonly add: readonly HeldReceipt[]
  /** Whether it begins a new conversation. */
  readonly restart?: boolean
}

/** What the cookie of an answer holds, compared with the cookie of its request. */
export interface Change {
  readonly cookie: Cookie | null
  readonly from: View
  readonly to: View
}

/** Reads the answer's cookie and checks that only what the request may do has happened between the two. */
export async function checkAnswer(
  world: World,
  response: Response,
  before: Cookie | null,
  { add, restart = false }: Allowed,
): Promise<Change> {
  const { ledger } = world
  expect(response.status, await failure(response)).toBeLessThan(500)
  const lines = response.headers.getSetCookie()
  expect(lines.length).toBeLessThanOrEqual(1)
  const [line] = lines
  const from = await viewOf(world, before)
  if (line === undefined) return { cookie: before, from, to: from }
  expect(line.length).toBeLessThanOrEqual(MAX_LINE)
  const goesOn = ledger.isAlive(before) && !restart
  const conversation = goesOn ? before.conversation : ledger.begin()
  const pair = pairOf(line)
  for (const { mark } of add) {
    if (ledger.said.get(mark)?.conversation === 0) ledger.place(mark, conversation)
  }
  const to = await viewOf(world, { pair, conversation, gone: new Set() })
  const base = goesOn ? from : EMPTY
  const wasGone: ReadonlySet<Mark> = goesOn ? before.gone : new Set()
  const gone = checkTurns(world, { base, to, add, wasGone, conversation })
  return { cookie: { pair, conversation, gone }, from: base, to }
}

/** The name and the value of a `Set-Cookie` line, as a browser sends them back. */
export function pairOf(line: string): string {
  return line.split(';')[0] ?? ''
}

async function failure(response: Response): Promise<string> {
  return response.status < 500 ? '' : await response.clone().text()
}

interface Turns {
  readonly base: View
  readonly to: View
  readonly add: readonly HeldReceipt[]
  readonly wasGone: ReadonlySet<Mark>
  readonly conversation: number
}

/**
 * Compares the turns before and after: what was added was allowed, the order stays, and every turn is
 * there or counted.
 *
 * @returns the turns that must not come back from now on
 */
function checkTurns(
  { server }: World,
  { base, to, add, wasGone, conversation }: Turns,
): ReadonlySet<Mark> {
  const isSound = server.fault === 'none'
  const added = to.marks.filter((mark) => !base.marks.includes(mark))
  const removed = base.marks.filter((mark) => !to.marks.includes(mark))
  // What came and went at once: replaced by the very request that brought it, or dropped for want of room.
  const passing = add.filter((one) => one.conversation === conversation)
  const left = passing.map(({ mark }) => mark).filter((mark) => !to.marks.includes(mark))
  for (const mark of added) {
    expect(wasGone.has(mark), `${mark} does not come back`).toBe(false)
    expect(add.map((one) => one.mark)).toContain(mark)
  }
  const stayed = base.marks.filter((mark) => to.marks.includes(mark))
  const order = to.marks.filter((mark) => stayed.includes(mark))
  expect(order, 'the order stays').toEqual(stayed)
  const lost = (to.forgotten - base.forgotten) / 2
  if (isSound) expect(lost, 'a store that works forgets nothing').toBe(0)
  if (base.unreadable === 0 && to.unreadable === 0) {
    const replaceable = add.map(({ replaces }) => replaces)
    const replaced = removed.filter((mark) => replaceable.includes(mark)).length
    const least = countTurnsOf(base) + added.length - replaced
    const most = least + (isSound ? 0 : replaced + left.length)
    expect(countTurnsOf(to), 'every turn is there or counted').toBeGreaterThanOrEqual(least)
    expect(countTurnsOf(to)).toBeLessThanOrEqual(most)
  }
  return new Set([...wasGone, ...removed, ...left])
}

/**
 * Checks what an answer says of the receipts that its request brought.
 *
 * @param sent the receipts, in the order of the request
 * @param before the cookie of the request
 * @param replaced turns that may be missing because another took their place
 * @returns the positions of the receipts that can be thrown away
 */
export function checkReceipts(
  { server, ledger }: World,
  response: Response,
  sent: readonly HeldReceipt[],
  before: Cookie | null,
  { from, to }: Change,
  replaced: readonly (Mark | null)[],
): readonly number[] {
  const settled = (response.headers.get(SETTLED_HEADER) || null)?.split(',').map(Number) ?? []
  const took = response.headers.getSetCookie().length > 0
  for (const [i, { mark, conversation }] of sent.entries()) {
    const own = ledger.isAlive(before) && conversation === before.conversation
    const known = from.marks.includes(mark) || (own && before.gone.has(mark)) || from.unreadable > 0
    if (settled.includes(i)) {
      if (own && !known) {
        expect(countTurnsOf(from) + before.gone.size).toBeGreaterThanOrEqual(REMEMBERED)
        ledger.refused.add(mark)
      }
    } else if (took) {
      const isThere =
        to.marks.includes(mark) ||
        replaced.includes(mark) ||
        to.unreadable > 0 ||
        server.fault !== 'none'
      expect(isThere, `${mark} was taken`).toBe(true)
    }
  }
  return settled
}

/** The model saw the newest turns of the conversation before this one, and nothing else. */
export function checkPrompt(
  { server }: World,
  marks: readonly Mark[],
  base: View,
  message: string,
): void {
  const prompt = server.lastPrompt()
  const seen = prompt.slice(1).map(({ content }) => content)
  expect(prompt[0]?.role).toBe('system')
  expect(seen.at(-1)).toBe(message)
  for (const content of seen.slice(0, -1)) expect(marks).toContain(markIn(content))
  if (server.fault !== 'none' || base.unreadable > 0) return
  const said = base.texts.filter((content) => marks.includes(markIn(content) ?? ''))
  expect(seen.slice(0, -1)).toEqual(said.slice(-WINDOW))
}
