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
 * Nobody can make or change one. It is good for one conversation, in which its turn is added at
 * most once.
 */

import { createPace } from '../bounds/pace.ts'
import { AppError } from '../errors.ts'
import type { Tokens } from '../signing/tokens.ts'
import type { Archive } from './archive/archive.ts'
import { encodeReceipt, parseReceipt, type Receipt } from './codec.ts'
import {
  type Addition,
  addTurn,
  type Conversation,
  hasTurn,
  type Replacement,
  replaceTurn,
} from './conversation.ts'

export interface Receipts {
  issue(receipt: Receipt): Promise<string>
  /** Null for anything that we did not issue. */
  open(token: string): Promise<Receipt | null>
}

/** Its own purpose, so that a receipt is never a cookie nor a cookie a receipt. */
const PURPOSE = 'receipt'

export function createReceipts(tokens: Tokens): Receipts {
  return {
    issue: (receipt) => tokens.seal(PURPOSE, PURPOSE, encodeReceipt(receipt)),
    async open(token) {
      const payload = await tokens.open(PURPOSE, PURPOSE, token)
      return payload === null ? null : parseReceipt(payload)
    },
  }
}

/**
 * So many different ones are looked at in a request, since each costs a signature and perhaps a
 * read. The others can come the next time.
 */
const MAX_RECEIPTS = 100
/** So many are named at once, which keeps the answer's header short. */
const MAX_SETTLED = 100

export interface Merged {
  readonly conversation: Conversation
  /** True when a turn was added, or grew, or took the place of another. */
  readonly changed: boolean
  /** How many different receipts were looked at. */
  readonly taken: number
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
  const taken = [...new Set(tokens)].slice(0, MAX_RECEIPTS)
  const useless = new Set<string>()
  /**
   * Turns that the answer's cookie holds and the request's did not: their receipts are needed
   * still.
   */
  const fresh = new Set<string>()
  // Packed text can be worth much work.
  const pause = createPace()
  for (const token of taken) {
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
    taken: taken.length,
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
  const isKnown = hasTurn(conversation, turn.id)
  const replacement = isKnown ? ABSENT : replaceTurn(conversation, replaces, turn)
  if (replacement.kind === 'replaced') return toMerge({ ...replacement, kind: 'added' }, turn.id)
  if (hasLeft(conversation, isKnown ? turn.id : replaces)) {
    const reopened = await archive.reopen(conversation)
    const there = reopened && changeArchived(reopened, receipt, isKnown)
    if (there?.kind === 'grown' || there?.kind === 'replaced') {
      return toMerge({ ...there, kind: 'added' }, turn.id)
    }
  }
  return toMerge(addTurn(conversation, turn), turn.id)
}

const ABSENT: Replacement = { kind: 'absent' }

/** True for a turn that left the turns lately. */
function hasLeft({ ring, turns }: Conversation, id: string): boolean {
  return ring.includes(id) && !turns.some((turn) => turn.id === id)
}

/** The change to a conversation whose newest segment has been opened again. */
function changeArchived(
  reopened: Conversation,
  { turn, replaces }: Receipt,
  isKnown: boolean,
): Addition | Replacement {
  return isKnown ? addTurn(reopened, turn) : replaceTurn(reopened, replaces, turn)
}

function toMerge(addition: Addition, turnId: string): Merge {
  if (addition.kind === 'expired') return refused('receipt_expired')
  if (addition.kind === 'known') return { kind: 'known' }
  return { kind: 'changed', conversation: addition.conversation, turnId }
}

function refused(code: 'receipt_invalid' | 'receipt_conflict' | 'receipt_expired'): Merge {
  return { kind: 'refused', error: new AppError(code) }
}
