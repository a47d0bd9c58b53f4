/**
 * Which turns and older segments go into a segment. Pure. `codec.ts` knows how a segment is
 * written.
 */

import type { SegmentRef } from '../conversation.ts'
import { countChars, type SavedTurn } from '../turn.ts'
import { chanceOf } from '../turn-id.ts'

/** How many segments of one level become one of the next. */
const FANOUT = 8
/**
 * A segment of this many characters takes no further turn: it must stay small enough to be read
 * again.
 */
const FULL_CHARS = 128 * 1024
/** Turns of more than this many characters together are split into parts of about as many. */
const PART_CHARS = 32 * 1024

/**
 * Splits turns, in order, into those of a segment each. Mostly that is one segment.
 *
 * Very many receipts may come at once. The same ones may come again with another cookie, or some of
 * them, or after other turns. So what is large is cut where a turn's own id and size say so, and by
 * nothing around it. The same turns then mostly make the same parts, which the store has already.
 *
 *     a b C d e f g │ H │ i j k     H is large and stands alone; g ends a part by the chance in
 *                                   its id
 */
export function toRuns(turns: readonly SavedTurn[]): readonly (readonly SavedTurn[])[] {
  if (countChars(turns) <= PART_CHARS) return turns.length > 0 ? [turns] : []
  const runs: SavedTurn[][] = []
  let last: SavedTurn | undefined
  for (const turn of turns) {
    const run = runs.at(-1)
    const fits = run && countChars(run) < FULL_CHARS && countChars([turn]) < PART_CHARS
    if (last && fits && !endsPart(last)) run.push(turn)
    else runs.push([turn])
    last = turn
  }
  return runs
}

/** The likelier, the larger a turn is, so that a part holds about `PART_CHARS`. */
function endsPart(turn: SavedTurn): boolean {
  return chanceOf(turn.id) * PART_CHARS < countChars([turn])
}

/**
 * Which of the newest segments the next one shall take in, and its level: the carry when counting
 * to the base of `FANOUT`.
 */
export function gather(segments: readonly SegmentRef[]): {
  readonly kept: readonly SegmentRef[]
  readonly gathered: readonly SegmentRef[]
  readonly level: number
} {
  let level = 0
  let end = segments.length
  for (;;) {
    const start = end - (FANOUT - 1)
    const isFull = start >= 0 && segments.slice(start, end).every((ref) => ref.level <= level)
    if (!isFull) return { kept: segments.slice(0, end), gathered: segments.slice(end), level }
    end = start
    level += 1
  }
}

/** The first so many turns of what segments hold, and how many of them were wanted beyond that. */
export function firstTurns(
  segments: readonly SegmentRef[],
  wanted: number,
): { readonly segments: readonly SegmentRef[]; readonly left: number } {
  let left = wanted
  const kept: SegmentRef[] = []
  for (const segment of segments) {
    const turns = Math.min(segment.turns, left)
    if (turns > 0) kept.push({ ...segment, turns })
    left -= turns
  }
  return { segments: kept, left }
}
