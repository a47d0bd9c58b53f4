/** Reads what a cookie holds, through `GET /history` with a store that works, and checks every text in it. */

import { expect } from 'vitest'
import type { HistoryReply } from '../../../src/wire.ts'
import { type Cookie, EMPTY, type Ledger, type Mark, markIn, type View } from './ledger.ts'
import type { ScheduleServer } from './server.ts'

/** The two sides of a schedule: the app, and the model that it is compared with. */
export interface World {
  readonly server: ScheduleServer
  readonly ledger: Ledger
}

/** What a cookie holds once the store works. No turn is foreign, doubled or back from the dead. */
export async function viewOf(world: World, cookie: Cookie | null): Promise<View> {
  const { server, ledger } = world
  if (!ledger.isAlive(cookie)) return EMPTY
  const { turns, forgotten, unreadable = 0 } = await server.undisturbed(() => load(server, cookie))
  const marks = marksOf(world, turns)
  expect(new Set(marks).size, 'no turn is there twice').toBe(marks.length)
  const { conversation } = cookie
  for (const mark of marks) {
    expect(ledger.said.get(mark)?.conversation, `${mark} is of this conversation`).toBe(
      conversation,
    )
    expect(cookie.gone.has(mark), `${mark} does not come back`).toBe(false)
  }
  return { conversation, marks, texts: turns.map(({ content }) => content), forgotten, unreadable }
}

async function load(server: ScheduleServer, { pair }: Cookie): Promise<HistoryReply> {
  const response = await server.request({ path: '/history', pair })
  // The store is read while the answer is.
  const history: HistoryReply = JSON.parse(await response.text())
  return history
}

/** The marks of the turns, each of which is a message and its reply. */
function marksOf(world: World, turns: HistoryReply['turns']): readonly Mark[] {
  const marks: Mark[] = []
  for (const [i, { role, content }] of turns.entries()) {
    const mark = markIn(content) ?? `unknown: ${content}`
    expect(role).toBe(i % 2 === 0 ? 'user' : 'assistant')
    if (role === 'user') marks.push(mark)
    else expect(mark, 'a reply belongs to its message').toBe(marks.at(-1))
    checkText(world, mark, role, content)
  }
  return marks
}

/**
 * Nobody ever reads what was not said. A text may be a part of what was said in two cases: a reply
 * that was stopped, and a text that was cut because the store took nothing.
 */
function checkText({ server, ledger }: World, mark: Mark, role: string, content: string): void {
  const message = ledger.said.get(mark)?.message ?? ''
  const whole = role === 'user' ? message : `Answer to ${message}`
  const [head = '', tail = ''] = content.split(/ \[…\] ?/)
  const isPart = whole.startsWith(head) && whole.endsWith(tail)
  const mayBePart = role === 'assistant' || server.wasFaulty
  expect(content === whole || (mayBePart && isPart), `${mark} is as it was said`).toBe(true)
}
