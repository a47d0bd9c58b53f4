/**
 * A conversation as a value, and what may become of it. Pure: every change gives a new value and
 * says by name what happened. Knows no cookie, no store, no HTTP.
 *
 *     segments                     turns                what a late receipt may do
 *     ┌───────────────────────┐    ┌───┬───┬───┐
 *     │ moved to the archive  │    │ 9 │10 │11 │        in turns: known, or grown if it says more
 *     └───────────────────────┘    └───┴───┴───┘
 *                   ring: 1 2 3 4 5 6 7 8               in the ring: known, it left `turns` lately
 *           floor: 0                                   not in the ring and up to the floor: expired
 *                                                       anything else: added
 *
 * A turn is added at most once, however often its receipt comes. The ring holds the ids of the
 * eight turns that left `turns` last, because receipts are that late at most in practice. The floor
 * is the greatest id that left the ring: whether a turn up to it was here cannot be told any more,
 * so it is refused rather than perhaps added twice.
 *
 * Example: turn 3 moved to a segment and stands in the ring. Its receipt comes again: known. Turn
 * 12 has never been here: added. A receipt from a tab that slept since turn 0 began: expired.
 */

import { firstQuestionOf } from './title.ts'
import type { SavedTurn } from './turn.ts'

/** Names a part of the conversation that has left `turns`; `archive/` knows what is in it. */
export interface SegmentRef {
  readonly key: string
  /** Grows by one each time that segments are gathered into one. */
  readonly level: number
  /** Turns in it, those of the segments it names included. More at its end have been replaced. */
  readonly turns: number
}

export interface Conversation {
  /**
   * 128 random bits, base 16. It tells two conversations apart, and is no secret: a signature must
   * come with it.
   */
  readonly id: string
  /** When it began, in seconds since 1970. It lives `SESSION_MAX_AGE` from then. */
  readonly startedAt: number
  /** How many messages (not turns) had to be dropped so far. */
  readonly forgotten: number
  /** The greatest id that left the ring; empty when none did. */
  readonly floor: string
  /** The ids of the turns that left `turns` last, into a segment or for good. */
  readonly ring: readonly string[]
  /** Where the older turns are, oldest first. */
  readonly segments: readonly SegmentRef[]
  /** The newest turns, oldest first. */
  readonly turns: readonly SavedTurn[]
  /** What the visitor calls it; absent while it has no name. */
  readonly name?: string
  /** Cut from the first question when that left `turns`; absent while it is there. */
  readonly title?: string
  /** Names the copy that anyone may read; absent when there is none. */
  readonly shared?: string
}

/** What became of a turn that was to be added. Every kind but `expired` says what there is now. */
export type Addition =
  /** It is the newest turn now. */
  | { readonly kind: 'added'; readonly conversation: Conversation }
  /** It was there, stopped; it says more now. */
  | { readonly kind: 'grown'; readonly conversation: Conversation }
  /** It was there: nothing changed. */
  | { readonly kind: 'known'; readonly conversation: Conversation }
  /** It is so old that nobody can tell whether it was there. */
  | { readonly kind: 'expired' }

/** What became of a turn that was to take the place of another. */
export type Replacement =
  | { readonly kind: 'replaced'; readonly conversation: Conversation }
  /** The other one is neither in `turns` nor the conversation's last. */
  | { readonly kind: 'absent' }

const RING_LENGTH = 8

/** An empty conversation under a fresh id. */
export function startConversation(nowSeconds: number): Conversation {
  const id = crypto.randomUUID().replaceAll('-', '')
  return { id, startedAt: nowSeconds, forgotten: 0, floor: '', ring: [], segments: [], turns: [] }
}

/** How many turns the conversation has, the archived ones included. */
export function countTurns({ segments, turns }: Pick<Conversation, 'segments' | 'turns'>): number {
  return segments.reduce((sum, segment) => sum + segment.turns, turns.length)
}

/** True when the turn is or was in `turns`, as far back as the ring reaches. */
export function hasTurn({ ring, turns }: Conversation, id: string): boolean {
  return ring.includes(id) || turns.some((turn) => turn.id === id)
}

/** The id of the last turn, wherever that is; empty when there is none. */
export function lastTurnId({ turns, ring, segments }: Conversation): string {
  // What left `turns` last is the last of all when nothing is left there.
  return turns.at(-1)?.id ?? (segments.length > 0 ? (ring.at(-1) ?? '') : '')
}

/** Adds a turn at the end, at most once. */
export function addTurn(conversation: Conversation, turn: SavedTurn): Addition {
  const known = conversation.turns.find(({ id }) => id === turn.id)
  if (known) {
    return saysMore(turn, known)
      ? { kind: 'grown', conversation: withTurnInPlace(conversation, known.id, turn) }
      : { kind: 'known', conversation }
  }
  if (conversation.ring.includes(turn.id)) return { kind: 'known', conversation }
  if (turn.id <= conversation.floor) return { kind: 'expired' }
  return { kind: 'added', conversation: appendTurn(conversation, turn) }
}

/**
 * Adds a turn that was never anywhere else, whatever the clocks of other machines have put into the
 * ids.
 */
export function appendTurn(conversation: Conversation, turn: SavedTurn): Conversation {
  return { ...conversation, turns: [...conversation.turns, turn] }
}

/**
 * Puts a turn in the place of another. The other one's id goes into the ring, so that it cannot
 * come back.
 */
export function replaceTurn(conversation: Conversation, id: string, turn: SavedTurn): Replacement {
  const { turns, segments } = conversation
  if (turns.length === 0 && id !== '' && lastTurnId(conversation) === id) {
    const shorter = { ...conversation, segments: withoutLastTurn(segments), turns: [turn] }
    return { kind: 'replaced', conversation: shorter }
  }
  if (!turns.some((known) => known.id === id)) return { kind: 'absent' }
  return { kind: 'replaced', conversation: withTurnInPlace(conversation, id, turn) }
}

/**
 * Takes the oldest turns out until `kept` are left. What becomes of them is for the caller to say.
 */
export function keepNewest(conversation: Conversation, kept: number): Conversation {
  const { turns } = conversation
  const gone = turns.slice(0, Math.max(0, turns.length - kept))
  const ids = gone.map(({ id }) => id)
  return {
    ...addToRing(conversation, ids),
    turns: turns.slice(gone.length),
    ...(gone.length > 0 && { title: firstQuestionOf(conversation) }),
  }
}

/** Seconds that the conversation has left; zero or less when it has expired. */
export function secondsLeft(
  { startedAt }: Conversation,
  nowSeconds: number,
  maxAgeSeconds: number,
): number {
  return startedAt + maxAgeSeconds - nowSeconds
}

function withTurnInPlace(conversation: Conversation, id: string, turn: SavedTurn): Conversation {
  const turns = conversation.turns.map((known) => (known.id === id ? turn : known))
  return { ...(id === turn.id ? conversation : addToRing(conversation, [id])), turns }
}

/** Counts one turn less: it stays in its segment, which cannot change, and nobody looks for it. */
function withoutLastTurn(segments: readonly SegmentRef[]): readonly SegmentRef[] {
  return segments.flatMap((segment, i) => {
    const turns = i === segments.length - 1 ? segment.turns - 1 : segment.turns
    return turns > 0 ? [{ ...segment, turns }] : []
  })
}

/** Of a turn that was stopped, what is whole or longer says more. */
function saysMore(turn: SavedTurn, known: SavedTurn): boolean {
  return known.stopped && (!turn.stopped || turn.assistant.length > known.assistant.length)
}

function addToRing(conversation: Conversation, ids: readonly string[]): Conversation {
  // An id that comes again, as of a segment that was opened again, must not push another one out.
  const ring = [...conversation.ring.filter((id) => !ids.includes(id)), ...ids]
  const left = ring.slice(0, Math.max(0, ring.length - RING_LENGTH))
  const floor = left.reduce((greatest, id) => (id > greatest ? id : greatest), conversation.floor)
  return { ...conversation, floor, ring: ring.slice(left.length) }
}
