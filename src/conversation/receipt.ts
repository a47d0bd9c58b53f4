/**
 * Receipts: how a streamed turn gets into an HttpOnly cookie although the headers left before the
 * reply was known. A receipt is the turn, signed for its conversation. The page posts it to
 * `/chat/commit`, or sends it along with the next message.
 *
 *     server                                     page
 *       │── done {receipt} ───────────────────────►│  keeps it
 *       │◄─ POST /chat/commit {receipts} ──────────│
 *       │── Set-Cookie, X-Settled-Receipts: 0 ────►│  throws it away once it is called settled
 *
 * Only the server can make one, and nobody can change it. It is good for one conversation, in which
 * its turn is added at most once.
 */

import { createPace } from '../bounds/pace.ts'
import { AppError } from '../errors.ts'
import type { Tokens } from '../signing/tokens.ts'
import type { Archive } from './archive/archive.ts'
import { encodeReceipt, parseReceipt, type Receipt } from './codec.ts'
import { addTurn, type Conversation, hasTurn, replaceTurn } from './conversation.ts'
import type { SavedTurn } from './turn.ts'

export interface Receipts {
  issue(receipt: Receipt): Promise<string>
  /** Null for anything that we did not issue. */
  open(token: string): Promise<Receipt | null>
}

/** Its own purpose, so that a receipt is never a cookie nor a cookie a receipt. */
const PURPOSE = 'receipt'
/** Packing a short one would save little. */
const PLAIN_CHARS = 512

export function createReceipts(tokens: Tokens): Receipts {
  return {
    issue: (receipt) => tokens.seal(PURPOSE, PURPOSE, encodeReceipt(receipt), PLAIN_CHARS),
    async open(token) {
      const payload = await tokens.open(PURPOSE, PURPOSE, token)
      return payload === null ? null : parseReceipt(payload)
    },
  }
}

/**
 * How many different receipts a request opens. Each costs a signature and perhaps a read. The
 * others can come the next time.
 */
const MAX_RECEIPTS = 100
/** How many settled receipts an answer names. It keeps the header short. */
const MAX_SETTLED = 100

export interface Merged {
  readonly conversation: Conversation
  /** True when a turn was added, or grew, or took the place of another. */
  readonly changed: boolean
  /** How many different receipts were looked at. */
  readonly opened: number
  /** Why some of them were refused. */
  readonly refusals: readonly AppError[]
  /**
   * The positions of the receipts that are of no more use: their turns were there before, or they
   * were refused. Not all of very many.
   */
  readonly settled: readonly number[]
}

/**
 * Adds the turns of receipts to a conversation, each at most once, as far as they belong to it. The
 * same receipt at several positions costs once. Those beyond the first 100 different ones are
 * neither added nor settled nor refused.
 *
 * @param archive gives a turn back that has left `turns` and shall grow or be replaced
 */
export async function mergeReceipts(
  before: Conversation,
  tokens: readonly string[],
  receipts: Receipts,
  archive: Archive,
): Promise<Merged> {
  let conversation = before
  const refusals: AppError[] = []
  const distinct = [...new Set(tokens)].slice(0, MAX_RECEIPTS)
  const useless = new Set<string>()
  /**
   * Turns that the answer's cookie holds and the request's did not: their receipts are needed
   * still.
   */
  const fresh = new Set<string>()
  // Packed text can be worth much work.
  const pause = createPace()
  for (const token of distinct) {
    const receipt = await receipts.open(token)
    const merge = await mergeReceipt(conversation, receipt, archive)
    if (merge.kind === 'refused') refusals.push(merge.error)
    if (merge.kind === 'changed') {
      conversation = merge.conversation
      fresh.add(merge.turnId)
    }
    if (!receipt || !fresh.has(receipt.turn.id)) useless.add(token)
    await pause()
  }
  const settled = [...tokens.entries()].filter(([, token]) => useless.has(token))
  return {
    conversation,
    changed: fresh.size > 0,
    opened: distinct.length,
    refusals,
    settled: settled.slice(0, MAX_SETTLED).map(([position]) => position),
  }
}

type Merge =
  | { readonly kind: 'changed'; readonly conversation: Conversation; readonly turnId: string }
  /** Its turn was there. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly error: AppError }

/**
 *     its turn is here, stopped, and this says more     it grows
 *     its turn left the turns lately (ring)             the same, where the newest segment holds it
 *     it replaces a turn that is here                   it takes its place
 *     it replaces a turn that left lately               the same, where that segment holds it
 *     anything else                                     added, known or expired, as `addTurn` says
 */
async function mergeReceipt(
  conversation: Conversation,
  receipt: Receipt | null,
  archive: Archive,
): Promise<Merge> {
  if (!receipt) return refused('receipt_invalid')
  if (receipt.conversationId !== conversation.id) return refused('receipt_conflict')
  const { turn, replaces } = receipt
  const here = changeInPlace(conversation, receipt)
  if (here.kind === 'changed') return here
  const wanted = hasTurn(conversation, turn.id) ? turn.id : replaces
  if (hasLeft(conversation, wanted)) {
    const reopened = await archive.reopen(conversation)
    const there = reopened ? changeInPlace(reopened, receipt) : here
    if (there.kind === 'changed') return there
  }
  const addition = addTurn(conversation, turn)
  if (addition.kind === 'expired') return refused('receipt_expired')
  return addition.kind === 'known' ? addition : changed(addition.conversation, turn)
}

/** Lets a turn that is there grow, or the new one take the place of the other. */
function changeInPlace(
  conversation: Conversation,
  { turn, replaces }: Receipt,
): Merge | { readonly kind: 'unchanged' } {
  const change = hasTurn(conversation, turn.id)
    ? addTurn(conversation, turn)
    : replaceTurn(conversation, replaces, turn)
  const isChange = change.kind === 'grown' || change.kind === 'replaced'
  return isChange ? changed(change.conversation, turn) : { kind: 'unchanged' }
}

/** True for a turn that left the turns lately. */
function hasLeft({ ring, turns }: Conversation, id: string): boolean {
  return ring.includes(id) && !turns.some((turn) => turn.id === id)
}

function changed(conversation: Conversation, turn: SavedTurn): Merge {
  return { kind: 'changed', conversation, turnId: turn.id }
}

function refused(code: 'receipt_invalid' | 'receipt_conflict' | 'receipt_expired'): Merge {
  return { kind: 'refused', error: new AppError(code) }
}
