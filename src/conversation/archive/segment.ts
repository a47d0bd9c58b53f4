/**
 * A segment, as its text in a store, and which turns and older segments go into one. Pure.
 *
 *     [[["h3-Xq0zT", 1, 21], …], [["mjd2k0f3aq1zx", "What is inflation?", "Inflation is …"], …]]
 *      segments before, turns
 */

import {
  chanceOf,
  encodeSegmentRef,
  encodeTurn,
  parseArray,
  parseList,
  parseSegmentRef,
  parseTurn,
  type SegmentRef,
} from '../state.ts'
import type { SavedTurn } from '../turn.ts'

export interface Segment {
  /** Older segments, whose turns come before these. */
  readonly before: readonly SegmentRef[]
  readonly turns: readonly SavedTurn[]
}

/** So many segments of one level become one of the next. */
const FANOUT = 8
/** With so many characters a segment takes no further turn: it must stay small enough to be read again. */
const FULL_CHARS = 128 * 1024
/** Turns of together more than this many characters are split; so much is about what a part then holds. */
const PART_CHARS = 32 * 1024

export function encodeSegment({ before, turns }: Segment): string {
  return JSON.stringify([before.map(encodeSegmentRef), turns.map(encodeTurn)])
}

/** Reads what `encodeSegment` wrote; null for anything else. */
export function parseSegment(payload: string): Segment | null {
  const [segments, turns, ...rest] = parseArray(payload)
  const before = parseList(segments, parseSegmentRef)
  const parsed = parseList(turns, parseTurn)
  return before && parsed && rest.length === 0 ? { before, turns: parsed } : null
}

/**
 * Splits turns, in order, into those of a segment each. Mostly that is one. Very many receipts may come at once, and the same ones again
 * with another cookie, some of them only, or after other turns. So what is large is cut where a turn's own id and size say so, and
 * nothing around it: the same turns mostly make the same parts then, which are in the store already.
 *
 *     a b C d e f g │ H │ i j k     H is large and stands alone; the chance in its id lets g end a part
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
  return chanceOf(turn) * PART_CHARS < countChars([turn])
}

/** How much text turns hold. */
export function countChars(turns: readonly SavedTurn[]): number {
  return turns.reduce((sum, { user, assistant }) => sum + user.length + assistant.length, 0)
}

/** Which of the newest segments the next one shall take in, and its level: the carry when counting to the base of `FANOUT`. */
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
export function takeTurns(
  segments: readonly SegmentRef[],
  wanted: number,
): { readonly segments: readonly SegmentRef[]; readonly left: number } {
  let left = wanted
  const taken: SegmentRef[] = []
  for (const segment of segments) {
    const turns = Math.min(segment.turns, left)
    if (turns > 0) taken.push({ ...segment, turns })
    left -= turns
  }
  return { segments: taken, left }
}
