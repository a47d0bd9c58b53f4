/** Where the turns of a conversation are: at hand, in a segment, or not to be had. Pure. */

import type { Conversation } from '../conversation.ts'
import type { SavedTurn } from '../turn.ts'

/** Workers may have six connections open at once. */
export const MAX_PARALLEL_READS = 6

/** Neighbouring turns, or how many in their place exist but cannot be read at the moment. */
export type Passage =
  | { readonly kind: 'turns'; readonly turns: readonly SavedTurn[] }
  | { readonly kind: 'unreadable'; readonly count: number }

/** A passage, or turns of a segment: those numbered `from` (inclusive) to `to` (exclusive) in it. */
export type Stretch =
  | Passage
  | {
      readonly kind: 'segment'
      readonly key: string
      readonly from: number
      readonly to: number
    }

/** Where the turns numbered `from` (inclusive) to `to` (exclusive) are, in order. */
export function stretchesOf(
  { segments, turns }: Pick<Conversation, 'segments' | 'turns'>,
  from: number,
  to: number,
): readonly Stretch[] {
  let start = 0
  const stretches: Stretch[] = []
  for (const { key, turns: length } of segments) {
    const inner = { from: Math.max(0, from - start), to: Math.min(length, to - start) }
    if (inner.from < inner.to) stretches.push({ kind: 'segment', key, ...inner })
    start += length
  }
  const own = turns.slice(Math.max(0, from - start), Math.max(0, to - start))
  return own.length > 0 ? [...stretches, { kind: 'turns', turns: own }] : stretches
}
