/** Reads turns out of segments, a few segments at a time. */

import { mapLimited } from '../../bounds/map-limited.ts'
import { type Conversation, countTurns } from '../conversation.ts'
import { countChars, type Excerpt } from '../turn.ts'
import { firstTurns } from './segment.ts'
import type { SegmentStore } from './segment-store.ts'
import { MAX_PARALLEL_READS, type Passage, type Stretch, stretchesOf } from './stretch.ts'

/**
 * Segments that are read at once while a whole conversation is read. After a large one it is one: a
 * hundred readers who have stopped must not hold three large segments each.
 */
const MAX_AHEAD = 3
const LARGE_CHARS = 32 * 1024

/** The turns numbered `from` (inclusive) to `to` (exclusive), wherever they are. */
export async function readTurns(
  store: SegmentStore,
  conversation: Conversation,
  from: number,
  to: number,
): Promise<Excerpt> {
  const total = countTurns(conversation)
  const first = Math.max(0, from)
  const end = Math.min(total, to)
  let stretches = stretchesOf(conversation, first, end)
  while (stretches.some(({ kind }) => kind === 'segment')) {
    const next = await mapLimited(stretches, MAX_PARALLEL_READS, (stretch) =>
      expand(store, conversation.id, stretch),
    )
    stretches = next.flat()
  }
  return {
    turns: stretches.flatMap((stretch) => (stretch.kind === 'turns' ? stretch.turns : [])),
    unreadable: stretches.reduce(
      (sum, stretch) => sum + (stretch.kind === 'unreadable' ? stretch.count : 0),
      0,
    ),
    earlier: first,
    later: total - end,
    forgotten: conversation.forgotten,
  }
}

/** The whole conversation, in passages as they are read. Never throws. */
export async function* readAllTurns(
  store: SegmentStore,
  conversation: Conversation,
): AsyncGenerator<Passage, void, undefined> {
  let stretches = stretchesOf(conversation, 0, countTurns(conversation))
  let ahead = MAX_AHEAD
  for (;;) {
    const [first, ...rest] = stretches
    if (!first) return
    if (first.kind === 'segment') {
      const read = await mapLimited(stretches.slice(0, ahead), ahead, (stretch) =>
        expand(store, conversation.id, stretch),
      )
      stretches = [...read.flat(), ...stretches.slice(ahead)]
    } else {
      const isLarge = first.kind === 'turns' && countChars(first.turns) > LARGE_CHARS
      ahead = isLarge ? 1 : MAX_AHEAD
      stretches = rest
      yield first
    }
  }
}

/** The turns of the newest segment back in `turns`; null when it cannot be read now. */
export async function reopenNewest(
  store: SegmentStore,
  conversation: Conversation,
): Promise<Conversation | null> {
  let { segments } = conversation
  for (;;) {
    const newest = segments.at(-1)
    if (!newest) return { ...conversation, segments }
    const segment = await store.read(conversation.id, newest.key)
    if (!segment) return null
    // Less is left than it holds, where turns at its end have been replaced.
    const { segments: before, left } = firstTurns(segment.before, newest.turns)
    segments = [...segments.slice(0, -1), ...before]
    const own = segment.turns.slice(0, left)
    const turns = [...own, ...conversation.turns]
    if (own.length > 0) return { ...conversation, segments, turns }
  }
}

/** What a stretch leads to: itself when it needs no reading. */
async function expand(
  store: SegmentStore,
  conversationId: string,
  stretch: Stretch,
): Promise<readonly Stretch[]> {
  if (stretch.kind !== 'segment') return [stretch]
  const { key, from, to } = stretch
  const segment = await store.read(conversationId, key)
  if (!segment) return [{ kind: 'unreadable', count: to - from }]
  return stretchesOf({ segments: segment.before, turns: segment.turns }, from, to)
}
