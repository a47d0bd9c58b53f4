/** Moves turns into segments, and gathers segments into larger ones. */

import { mapLimited } from '../../bounds/map-limited.ts'
import type { Segment } from '../codec.ts'
import type { Conversation, SegmentRef } from '../conversation.ts'
import { countChars, type SavedTurn } from '../turn.ts'
import { gather, toRuns } from './segment.ts'
import type { SegmentStore } from './segment-store.ts'
import { MAX_PARALLEL_READS } from './stretch.ts'

export interface Added {
  /** The new list of segments. */
  readonly segments: readonly SegmentRef[]
  /** How many of the turns, the oldest first, are in it. */
  readonly count: number
}

type Moving = Pick<Conversation, 'id' | 'segments'>

/** Segments of together no more than this many characters of text are copied into one. */
const MAX_COPIED_CHARS = 64 * 1024

/** Writes turns that follow after the conversation's segments, as many as can be written. */
export async function addTurns(
  store: SegmentStore,
  conversation: Moving,
  turns: readonly SavedTurn[],
  ttlSeconds: number,
): Promise<Added> {
  let { segments } = conversation
  let count = 0
  const runs = toRuns(turns)
  const write = runs.length > 1 ? appendPart : append
  for (const run of runs) {
    const longer = await write(store, { id: conversation.id, segments }, run, ttlSeconds)
    if (!longer) break
    segments = longer
    count += run.length
  }
  return { segments, count }
}

/**
 * The list of segments with one more, which may take in some of the others; null when that could
 * not be written.
 */
async function append(
  store: SegmentStore,
  { id, segments }: Moving,
  turns: readonly SavedTurn[],
  ttlSeconds: number,
): Promise<readonly SegmentRef[] | null> {
  const { kept, gathered, level } = gather(segments)
  const small = gathered.filter((segment) => segment.level === 0)
  const copied = await copyable(store, id, small)
  const segment: Segment = copied
    ? { before: gathered.filter((ref) => ref.level > 0), turns: [...copied, ...turns] }
    : { before: gathered, turns }
  const written = await store.write(id, segment, level, ttlSeconds)
  return written && [...kept, written]
}

/**
 * The same for one of many parts: it holds nothing but its turns, and what takes in the others
 * holds only names.
 */
async function appendPart(
  store: SegmentStore,
  { id, segments }: Moving,
  turns: readonly SavedTurn[],
  ttlSeconds: number,
): Promise<readonly SegmentRef[] | null> {
  const { kept, gathered, level } = gather(segments)
  const part = await store.write(id, { before: [], turns }, 0, ttlSeconds)
  if (!part || gathered.length === 0) return part && [...kept, part]
  const before = [...gathered, part]
  const names = await store.write(id, { before, turns: [] }, level, ttlSeconds)
  return names && [...kept, names]
}

/**
 * The turns of segments that hold nothing else and are small enough to be copied; null otherwise.
 */
async function copyable(
  store: SegmentStore,
  conversationId: string,
  segments: readonly SegmentRef[],
): Promise<readonly SavedTurn[] | null> {
  const parts = await mapLimited(segments, MAX_PARALLEL_READS, ({ key }) =>
    store.read(conversationId, key),
  )
  const turns = parts.flatMap((part, i) => part?.turns.slice(0, segments[i]?.turns) ?? [])
  const whole = parts.every((part) => part !== null && part.before.length === 0)
  return whole && countChars(turns) <= MAX_COPIED_CHARS ? turns : null
}
