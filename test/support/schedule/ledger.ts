/**
 * The model of the conversations in a schedule: what was said, in which conversation, and what has become of it.
 * Every turn has a mark, like `m7|`, at the beginning of its message, so that it is known again wherever it shows up.
 */

import { prose } from '../prose.ts'
import { MAX_AGE_SECONDS } from './server.ts'

/** A turn's mark, in both of its texts. */
export type Mark = string

/** What a cookie holds, as `GET /history` tells it. */
export interface View {
  /** The conversation's number; 0 for a cookie that holds none that is alive. */
  readonly conversation: number
  readonly marks: readonly Mark[]
  readonly texts: readonly string[]
  /** Messages, not turns. */
  readonly forgotten: number
  /** Turns. */
  readonly unreadable: number
}

/** What the browser keeps as its cookie. */
export interface Cookie {
  readonly pair: string
  readonly conversation: number
  /** Turns that were replaced or forgotten before: they must not come back. */
  readonly gone: ReadonlySet<Mark>
}

/** A receipt in a tab. A turn that came without one has an empty token. */
export interface HeldReceipt {
  readonly token: string
  readonly mark: Mark
  readonly conversation: number
  /** The turn whose place it takes. */
  readonly replaces: Mark | null
}

/** What a visitor said. The conversation is 0 until an answer has begun one. */
export interface Saying {
  readonly message: string
  readonly conversation: number
}

export const EMPTY: View = { conversation: 0, marks: [], texts: [], forgotten: 0, unreadable: 0 }

export interface Ledger {
  /** What was said, by mark. */
  readonly said: ReadonlyMap<Mark, Saying>
  /** Turns whose reply was complete, and their conversations. */
  readonly finished: Map<Mark, number>
  /** Turns whose receipts were refused for their age. */
  readonly refused: Set<Mark>
  /** How many turns were to take another's place. */
  replacing: number
  /** True for a cookie whose conversation has not reached its age. */
  isAlive(cookie: Cookie | null): cookie is Cookie
  /** Begins a conversation now, and gives its number. */
  begin(): number
  /** Makes up a message of so many characters and its mark. */
  say(chars: number, cookie: Cookie | null): { readonly message: string; readonly mark: Mark }
  /** Notes in which conversation a message has come to be. */
  place(mark: Mark, conversation: number): void
}

/** @param nowSeconds the server's clock */
export function createLedger(nowSeconds: () => number): Ledger {
  /** When each conversation began, in seconds; the first has number 1. */
  const started: number[] = [0]
  const said = new Map<Mark, Saying>()
  const isAlive = (cookie: Cookie | null): cookie is Cookie =>
    cookie !== null && nowSeconds() - (started[cookie.conversation] ?? 0) < MAX_AGE_SECONDS

  return {
    said,
    finished: new Map(),
    refused: new Set(),
    replacing: 0,
    isAlive,
    begin: () => started.push(nowSeconds()) - 1,
    say(chars, cookie) {
      const mark = `m${said.size}|`
      const message = `${mark} ${prose(said.size, chars)}`
      said.set(mark, { message, conversation: isAlive(cookie) ? cookie.conversation : 0 })
      return { message, mark }
    },
    place(mark, conversation) {
      const saying = said.get(mark)
      if (saying) said.set(mark, { ...saying, conversation })
    },
  }
}

/** The mark at the beginning of a message or in its reply. */
export function markIn(content: string): Mark | undefined {
  return /m\d+\|/.exec(content)?.[0]
}

/** How many turns a view tells of: those that are there and those that are counted as forgotten. */
export function countTurnsOf({ marks, forgotten }: View): number {
  return marks.length + forgotten / 2
}
