/**
 * A segment, as its text in a store, and which turns and older segments go into one. Pure.
 *
 *     [[["h3-Xq0zT", 1, 21], …], [["mjd2k0f3aq1zx", "What is inflation?", "Inflation is …"], …]]
 *      segments before, turns
 */

import type { SavedTurn } from '../message.ts'
import {
  encodeSegmentRef,
  encodeTurn,
  parseArray,
  parseList,
  parseSegmentRef,
  parseTurn,
  type SegmentRef,
} from './state.ts'

export interface Segment {
  /** Older segments, whose turns come before these. */
  readonly before: readonly SegmentRef[]
  readonly turns: readonly SavedTurn[]
}

/** So many segments of one level become one of the next. */
const FANOUT = 8
/** With so many characters a segment takes no further turn: it must stay small enough to be read again. */
const FULL_CHARS = 128 * 1024
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

/** Splits turns, in order, into those of a segment each. Mostly one; but very many receipts may come at once. */
export function toRuns(turns: readonly SavedTurn[]): readonly (readonly SavedTurn[])[] {
  const runs: SavedTurn[][] = []
  for (const turn of turns) {
    const last = runs.at(-1)
    if (last && countChars(last) < FULL_CHARS) last.push(turn)
    else runs.push([turn])
  }
  return runs
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
