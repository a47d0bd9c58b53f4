/**
 * Receipts: how a streamed turn gets into an HttpOnly cookie although the headers left before the reply was known. A receipt is
 * the finished turn, signed and bound to its session; the page posts it to `/chat/commit`.
 *
 *     payload: ["<session id>", ["<turn id>", "What is inflation?", "Inflation is …"]]
 *
 * It cannot be forged or changed, and is good for one conversation, in which its turn is added at most once.
 */

import { AppError } from '../errors.ts'
import { addTurn, parseArray, parseTurn, type SessionState, type SessionTurn } from './state.ts'
import type { Tokens } from './token.ts'

export interface Receipt {
  readonly sessionId: string
  readonly turn: SessionTurn
}

export interface Receipts {
  issue(receipt: Receipt): Promise<string>
  /** Null for anything that we did not issue. */
  open(token: string): Promise<Receipt | null>
}

/** Its own purpose, so that a receipt is never a cookie nor a cookie a receipt. */
const PURPOSE = 'receipt'

export function createReceipts(tokens: Tokens): Receipts {
  return {
    issue({ sessionId, turn: { id, user, assistant } }) {
      return tokens.seal(PURPOSE, PURPOSE, JSON.stringify([sessionId, [id, user, assistant]]))
    },
    async open(token) {
      const payload = await tokens.open(PURPOSE, PURPOSE, token)
      const [sessionId, value] = parseArray(payload ?? '')
      const turn = parseTurn(value)
      return typeof sessionId === 'string' && turn ? { sessionId, turn } : null
    },
  }
}

export interface Merged {
  readonly state: SessionState
  /** Why some receipts were not taken. */
  readonly failures: readonly AppError[]
}

/** Adds the turns of receipts to a conversation, each at most once, as far as they belong to it. */
export async function mergeReceipts(
  before: SessionState,
  tokens: readonly string[],
  receipts: Receipts,
): Promise<Merged> {
  let state = before
  const failures: AppError[] = []
  for (const token of tokens) {
    const receipt = await receipts.open(token)
    const added = receipt && addTurn(state, receipt.turn)
    if (!receipt) failures.push(new AppError('receipt_invalid'))
    else if (receipt.sessionId !== state.id) failures.push(new AppError('receipt_conflict'))
    else if (!added) failures.push(new AppError('receipt_expired'))
    else state = added
  }
  return { state, failures }
}
