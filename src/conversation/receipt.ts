/**
 * Receipts: how a streamed turn gets into an HttpOnly cookie although the headers left before the reply was known. A receipt is
 * the turn, signed and bound to its session; the page posts it to `/chat/commit`.
 *
 *     payload: ["<session id>", ["<turn id>", "What is inflation?", "Inflation is …"], "<id of the turn whose place it takes, or empty>"]
 *
 * It cannot be forged or changed, and is good for one conversation, in which its turn is added at most once.
 */

import { createPace } from '../bounds/pace.ts'
import { AppError } from '../errors.ts'
import type { Tokens } from '../signing/tokens.ts'
import type { Archive } from './archive/archive.ts'
import {
  addTurn,
  encodeTurn,
  hasTurn,
  parseArray,
  parseTurn,
  replaceTurn,
  type SessionState,
} from './state.ts'
import type { SavedTurn } from './turn.ts'

export interface Receipt {
  readonly sessionId: string
  readonly turn: SavedTurn
  /** The turn whose place it takes; empty when it comes after all others. */
  readonly replaces: string
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
    issue({ sessionId, turn, replaces }) {
      const payload = [sessionId, encodeTurn(turn), replaces]
      return tokens.seal(PURPOSE, PURPOSE, JSON.stringify(payload))
    },
    async open(token) {
      const payload = await tokens.open(PURPOSE, PURPOSE, token)
      const [sessionId, value, replaces] = parseArray(payload ?? '')
      const turn = parseTurn(value)
      const isReceipt = typeof sessionId === 'string' && typeof replaces === 'string' && turn
      return isReceipt ? { sessionId, turn, replaces } : null
    },
  }
}

/** So many different ones are looked at in a request, since each costs a signature and perhaps a read; the others can come the next time. */
const MAX_RECEIPTS = 100
/** So many are named at once, which keeps the answer's header short. */
const MAX_SETTLED = 100

export interface Merged {
  readonly state: SessionState
  /** How many different receipts were looked at. */
  readonly taken: number
  /** Why some of them were not added. */
  readonly failures: readonly AppError[]
  /**
   * The positions of the receipts whose turns were there before, or which were refused: they are of no more use. Not all of very many.
   */
  readonly settled: readonly number[]
}

/**
 * Adds the turns of receipts to a conversation, each at most once, as far as they belong to it. The same receipt at several positions
 * costs once. Those beyond the first 100 different ones are neither added nor settled nor failures.
 *
 * @param archive gives back a turn that shall be replaced, by another or by more of itself, should it have left the cookie meanwhile
 */
export async function mergeReceipts(
  before: SessionState,
  tokens: readonly string[],
  receipts: Receipts,
  archive: Archive,
): Promise<Merged> {
  let state = before
  const failures: AppError[] = []
  const taken = [...new Set(tokens)].slice(0, MAX_RECEIPTS)
  const useless = new Set<string>()
  /** Turns that this answer's cookie holds and the one that came along did not: their receipts are still needed. */
  const fresh = new Set<string>()
  // Packed text can be worth much work.
  const pause = createPace()
  for (const token of taken) {
    const receipt = await receipts.open(token)
    const added = await merge(before.id, state, receipt, archive)
    if (added instanceof AppError) failures.push(added)
    else {
      if (receipt && added !== state) fresh.add(receipt.turn.id)
      state = added
    }
    if (!receipt || !fresh.has(receipt.turn.id)) useless.add(token)
    await pause()
  }
  const settled = [...tokens.entries()].filter(([, token]) => useless.has(token))
  return {
    state,
    taken: taken.length,
    failures,
    settled: settled.slice(0, MAX_SETTLED).map(([position]) => position),
  }
}

async function merge(
  sessionId: string,
  state: SessionState,
  receipt: Receipt | null,
  archive: Archive,
): Promise<SessionState | AppError> {
  if (!receipt) return new AppError('receipt_invalid')
  if (receipt.sessionId !== sessionId) return new AppError('receipt_conflict')
  const { turn, replaces } = receipt
  const isKnown = hasTurn(state, turn.id)
  const replaced = isKnown ? state : replaceTurn(state, replaces, turn)
  if (replaced !== state) return replaced
  if (state.ring.includes(isKnown ? turn.id : replaces)) {
    // It left the cookie, and may be in the newest segment still.
    const reopened = await archive.reopen(state)
    const there =
      reopened && (isKnown ? addTurn(reopened, turn) : replaceTurn(reopened, replaces, turn))
    if (there?.turns.includes(turn)) return there
  }
  return addTurn(state, turn) ?? new AppError('receipt_expired')
}
