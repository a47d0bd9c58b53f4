/**
 * The archive: what of a conversation has outgrown its cookie, in segments that never change. A
 * segment holds turns, and may name older segments that come before them.
 *
 *     cookie ── k1 (level 1) ── k0 (0): turns 1–4
 *          │                └── … six more, and turns of its own
 *          ├─── k8 (level 0): turns 33–36
 *          └─── turns 37–41
 *
 * A segment's key comes from what it holds. So the same turns, moved again with an old cookie, fill
 * no further room.
 *
 * Eight segments of a level are gathered into one of the next, as when counting to the base of
 * eight. So the cookie's list stays short: at most seven of each level, which is 28 after 4,000
 * segments. Gathering costs no write of its own. Small segments are copied together; larger ones
 * stay and are named. Nothing is deleted before the whole conversation is, since another tab's
 * cookie may still name what was gathered. A turn at the end of a segment that has been replaced
 * stays there, and is not counted.
 *
 * The conversation goes on without a store, or with a broken one. Then nothing is moved, and what
 * is there cannot be read for now.
 */

import { mapLimited } from '../../bounds/map-limited.ts'
import type { Log } from '../../log.ts'
import { toBase64Url } from '../../signing/base64url.ts'
import { ConversationFullError, type ObservableStore, type Store } from '../../store/store.ts'
import { encodeSegment, parseSegment, type Segment } from '../codec.ts'
import { type Conversation, countTurns, type SegmentRef } from '../conversation.ts'
import { countChars, type Excerpt, type SavedTurn } from '../turn.ts'
import { firstTurns, gather, toRuns } from './segment.ts'
import { type Passage, type Stretch, stretchesOf } from './stretch.ts'

export interface Archive {
  /**
   * Writes turns that follow after the conversation's segments, as many as can be written.
   *
   * @param ttlSeconds how long the conversation still lives
   */
  add(conversation: Conversation, turns: readonly SavedTurn[], ttlSeconds: number): Promise<Added>
  /**
   * The turns numbered `from` (inclusive) to `to` (exclusive), the conversation's first being 0,
   * wherever they are.
   */
  read(conversation: Conversation, from: number, to: number): Promise<Excerpt>
  /**
   * The whole conversation from its beginning, in passages as they are read, a few segments at a time
   * and none before it is asked for. Never throws.
   */
  readAll(conversation: Conversation): AsyncGenerator<Passage, void, undefined>
  /**
   * The conversation with the turns of its newest segment back in `turns`; null when that segment
   * cannot be read now.
   */
  reopen(conversation: Conversation): Promise<Conversation | null>
  /** Deletes all that a conversation ever moved. */
  deleteAll(conversation: Conversation): Promise<void>
  /**
   * The same archive, which tells of each call that gets through to the engine of the store.
   *
   * @param onOperation called when the call begins
   */
  observed(onOperation: () => void): Archive
}

export interface Added {
  /** The new list of segments. */
  readonly segments: readonly SegmentRef[]
  /** How many of the turns, the oldest first, are in it. */
  readonly count: number
}

export interface ArchiveOptions {
  /**
   * Takes and gives plain text: its layers sign and check what the engine keeps. Null when there is
   * none.
   */
  readonly store: ObservableStore | null
  readonly log: Log
}

/** Segments of together no more than this many characters of text are copied into one. */
const MAX_COPIED_CHARS = 64 * 1024
/** Workers may have six connections open at once. */
const MAX_PARALLEL_READS = 6
/**
 * Segments that are read at once while a whole conversation is read. After a large one it is one: a
 * hundred readers who have stopped must not hold three large segments each.
 */
const MAX_AHEAD = 3
const LARGE_CHARS = 32 * 1024
/**
 * 48 bits: of hundreds of millions of conversations with a thousand segments, one has two of one
 * key by chance.
 */
const KEY_BYTES = 6

export function createArchive({ store, log }: ArchiveOptions): Archive {
  const build = (values: Store | null): Archive => ({
    ...createArchiveOn(values, log),
    observed: (onOperation) => build(store?.observed(onOperation) ?? null),
  })
  return build(store)
}

function createArchiveOn(values: Store | null, log: Log): Omit<Archive, 'observed'> {
  /**
   * Null for what is not there, not ours, or cannot be had: it may be there later, so nobody draws
   * a conclusion.
   */
  async function readSegment(conversationId: string, key: string): Promise<Segment | null> {
    if (!values) return null
    try {
      const payload = await values.get(conversationId, key)
      if (payload === null) log('warn', 'segment_unreadable')
      return parseSegment(payload ?? '')
    } catch (error) {
      log('warn', 'store_failed', { operation: 'get', detail: String(error) })
      return null
    }
  }

  async function writeSegment(
    conversationId: string,
    { before, turns }: Segment,
    level: number,
    ttlSeconds: number,
  ): Promise<SegmentRef | null> {
    if (!values) return null
    const payload = encodeSegment({ before, turns })
    const key = await keyOf(conversationId, payload)
    const ref: SegmentRef = { key, level, turns: countTurns({ segments: before, turns }) }
    try {
      await values.put(conversationId, key, payload, ttlSeconds)
      return ref
    } catch (error) {
      if (error instanceof ConversationFullError) {
        log('warn', 'conversation_full')
        return null
      }
      log('error', 'store_failed', { operation: 'put', detail: String(error) })
      // A write that failed may have happened; or another tab wrote the same, which KV takes once
      // in a second.
      const kept = await values.get(conversationId, key).catch(() => null)
      return kept === payload ? ref : null
    }
  }

  /**
   * The turns of segments that hold nothing else and are small enough to be copied; null otherwise.
   */
  async function copyable(
    conversationId: string,
    segments: readonly SegmentRef[],
  ): Promise<readonly SavedTurn[] | null> {
    const parts = await mapLimited(segments, MAX_PARALLEL_READS, ({ key }) =>
      readSegment(conversationId, key),
    )
    const turns = parts.flatMap((part, i) => part?.turns.slice(0, segments[i]?.turns) ?? [])
    const whole = parts.every((part) => part !== null && part.before.length === 0)
    return whole && countChars(turns) <= MAX_COPIED_CHARS ? turns : null
  }

  /**
   * The list of segments with one more, which may take in some of the others; null when that could
   * not be written.
   */
  async function append(
    { id, segments }: Pick<Conversation, 'id' | 'segments'>,
    turns: readonly SavedTurn[],
    ttlSeconds: number,
  ): Promise<readonly SegmentRef[] | null> {
    const { kept, gathered, level } = gather(segments)
    const small = gathered.filter((segment) => segment.level === 0)
    const copied = await copyable(id, small)
    const segment: Segment = copied
      ? { before: gathered.filter((ref) => ref.level > 0), turns: [...copied, ...turns] }
      : { before: gathered, turns }
    const written = await writeSegment(id, segment, level, ttlSeconds)
    return written && [...kept, written]
  }

  /**
   * The same for one of many parts: it holds nothing but its turns, and what takes in the others
   * holds only names.
   */
  async function appendPart(
    { id, segments }: Pick<Conversation, 'id' | 'segments'>,
    turns: readonly SavedTurn[],
    ttlSeconds: number,
  ): Promise<readonly SegmentRef[] | null> {
    const { kept, gathered, level } = gather(segments)
    const part = await writeSegment(id, { before: [], turns }, 0, ttlSeconds)
    if (!part || gathered.length === 0) return part && [...kept, part]
    const before = [...gathered, part]
    const names = await writeSegment(id, { before, turns: [] }, level, ttlSeconds)
    return names && [...kept, names]
  }

  /** What a stretch leads to: itself when it needs no reading. */
  async function expand(conversationId: string, stretch: Stretch): Promise<readonly Stretch[]> {
    if (stretch.kind !== 'segment') return [stretch]
    const { key, from, to } = stretch
    const segment = await readSegment(conversationId, key)
    if (!segment) return [{ kind: 'unreadable', count: to - from }]
    return stretchesOf({ segments: segment.before, turns: segment.turns }, from, to)
  }

  return {
    async add(conversation, turns, ttlSeconds) {
      let { segments } = conversation
      let count = 0
      const runs = toRuns(turns)
      const write = runs.length > 1 ? appendPart : append
      for (const run of runs) {
        const longer = await write({ id: conversation.id, segments }, run, ttlSeconds)
        if (!longer) break
        segments = longer
        count += run.length
      }
      return { segments, count }
    },

    async read(conversation, from, to) {
      const total = countTurns(conversation)
      const first = Math.max(0, from)
      const end = Math.min(total, to)
      let stretches = stretchesOf(conversation, first, end)
      while (stretches.some(({ kind }) => kind === 'segment')) {
        const next = await mapLimited(stretches, MAX_PARALLEL_READS, (stretch) =>
          expand(conversation.id, stretch),
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
    },

    async *readAll(conversation) {
      let stretches = stretchesOf(conversation, 0, countTurns(conversation))
      let ahead = MAX_AHEAD
      for (;;) {
        const [first, ...rest] = stretches
        if (!first) return
        if (first.kind === 'segment') {
          const read = await mapLimited(stretches.slice(0, ahead), ahead, (stretch) =>
            expand(conversation.id, stretch),
          )
          stretches = [...read.flat(), ...stretches.slice(ahead)]
        } else {
          const isLarge = first.kind === 'turns' && countChars(first.turns) > LARGE_CHARS
          ahead = isLarge ? 1 : MAX_AHEAD
          stretches = rest
          yield first
        }
      }
    },

    async reopen(conversation) {
      let { segments } = conversation
      for (;;) {
        const newest = segments.at(-1)
        if (!newest) return { ...conversation, segments }
        const segment = await readSegment(conversation.id, newest.key)
        if (!segment) return null
        // Less is left than it holds, where turns at its end have been replaced.
        const { segments: before, left } = firstTurns(segment.before, newest.turns)
        segments = [...segments.slice(0, -1), ...before]
        const own = segment.turns.slice(0, left)
        const turns = [...own, ...conversation.turns]
        if (own.length > 0) return { ...conversation, segments, turns }
      }
    },

    async deleteAll({ id, segments, ring }) {
      // Turns in the ring have left the cookie; when there are none, nothing was ever written.
      if (!values || (segments.length === 0 && ring.length === 0)) return
      try {
        await values.deleteAll(
          id,
          segments.map(({ key }) => key),
        )
      } catch (error) {
        log('error', 'store_failed', { operation: 'delete', detail: String(error) })
      }
    },
  }
}

/** The same for the same text in one conversation. */
async function keyOf(conversationId: string, payload: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${conversationId}\n${payload}`)
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return toBase64Url(new Uint8Array(digest, 0, KEY_BYTES))
}
