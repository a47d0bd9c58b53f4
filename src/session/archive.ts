/**
 * The archive: what of a conversation has outgrown its cookie, in segments that are written once under a fresh random key and never
 * changed. A segment holds turns, and may name older segments that come before them.
 *
 * Eight segments of a level are gathered into one of the next, as when counting to the base of eight, so that the cookie's list stays
 * short: at most seven of each level, which is 28 after 4,000 of them. Gathering costs no write of its own. Small ones are copied
 * together; larger ones stay and are named. Nothing is deleted before the whole conversation is: another tab's cookie may still
 * name what was gathered. A turn at the end of a segment that has been replaced is there still, and is not counted.
 *
 * A segment's signature covers the conversation and the key, so that a store cannot mix up or change anything unnoticed. The
 * conversation goes on without a store, or with a broken one: then nothing is moved and what is there cannot be read for now.
 */

import type { Log } from '../log.ts'
import type { Excerpt, SavedTurn } from '../message.ts'
import { createCache, withCache } from '../store/cache.ts'
import { withObserver } from '../store/observer.ts'
import type { Store } from '../store/store.ts'
import { createSealedStore } from './sealed-store.ts'
import { countChars, encodeSegment, gather, parseSegment, type Segment, toRuns } from './segment.ts'
import { countTurns, type SegmentRef, type SessionState } from './state.ts'
import { type Tokens, toBase64Url } from './token.ts'

export interface Archive {
  /**
   * Writes turns that follow after the state's segments.
   *
   * @param ttlSeconds how long the conversation still lives
   * @returns the new list of segments; null when they could not be written
   */
  add(
    state: SessionState,
    turns: readonly SavedTurn[],
    ttlSeconds: number,
  ): Promise<readonly SegmentRef[] | null>
  /** The turns numbered `from` (inclusive) to `to` (exclusive), the conversation's first being 0, wherever they are. */
  read(state: SessionState, from: number, to: number): Promise<Excerpt>
  /** The state with the turns of its newest segment back in `turns`; null when that cannot be read now. */
  reopen(state: SessionState): Promise<SessionState | null>
  /** Deletes all that a conversation ever moved. */
  deleteAll(state: SessionState): Promise<void>
  /**
   * The same archive with the same cache, which tells of each call that reaches the store below the cache.
   *
   * @param onOperation called when the call begins
   */
  observed(onOperation: () => void): Archive
}

export interface ArchiveOptions {
  readonly tokens: Tokens
  /** Null when there is none. */
  readonly store: Store | null
  readonly log: Log
  /** So much of the text lately moved or read is kept in memory, which spares most turns asking the store; 0 for none. */
  readonly cacheChars: number
}

/** Segments of together no more than this many characters of text are copied into one. */
const MAX_COPIED_CHARS = 64 * 1024
/** Workers may have six connections open at once. */
const MAX_PARALLEL_READS = 6

export function createArchive({ tokens, store, log, cacheChars }: ArchiveOptions): Archive {
  const cache = createCache(cacheChars)

  function build(below: Store | null): Archive {
    const sealed = below && createSealedStore(below, tokens, log)
    // Above the signing, so that what was damaged on its way is asked for again.
    const archive = createArchiveOn(sealed && withCache(sealed, cache), log)
    return {
      ...archive,
      observed: (onOperation) => build(store && withObserver(store, onOperation)),
    }
  }

  return build(store)
}

function createArchiveOn(values: Store | null, log: Log): Omit<Archive, 'observed'> {
  /** Null for what is not there, not ours, or cannot be had: it may be there later, so nobody draws a conclusion. */
  async function readSegment(conversation: string, key: string): Promise<Segment | null> {
    if (!values) return null
    try {
      const payload = await values.get(conversation, key)
      if (payload === null) log('warn', 'segment_unreadable')
      return parseSegment(payload ?? '')
    } catch (error) {
      log('warn', 'store_failed', { operation: 'get', detail: String(error) })
      return null
    }
  }

  async function writeSegment(
    conversation: string,
    { before, turns }: Segment,
    level: number,
    ttlSeconds: number,
  ): Promise<SegmentRef | null> {
    if (!values) return null
    // 48 random bits: enough to be fresh within one conversation.
    const key = toBase64Url(crypto.getRandomValues(new Uint8Array(6)))
    const payload = encodeSegment({ before, turns })
    try {
      await values.put(conversation, key, payload, ttlSeconds)
      return { key, level, turns: countTurns({ segments: before, turns }) }
    } catch (error) {
      log('error', 'store_failed', { operation: 'put', detail: String(error) })
      return null
    }
  }

  /** The turns of segments that hold nothing else and are small enough to be copied; null otherwise. */
  async function copyable(
    conversation: string,
    segments: readonly SegmentRef[],
  ): Promise<readonly SavedTurn[] | null> {
    const read = createReader(readSegment)
    const parts = await Promise.all(segments.map(({ key }) => read(conversation, key)))
    const turns = parts.flatMap((part, i) => part?.turns.slice(0, segments[i]?.turns) ?? [])
    const whole = parts.every((part) => part !== null && part.before.length === 0)
    return whole && countChars(turns) <= MAX_COPIED_CHARS ? turns : null
  }

  return {
    async add(state, turns, ttlSeconds) {
      let { segments } = state
      for (const run of toRuns(turns)) {
        const { kept, gathered, level } = gather(segments)
        const small = gathered.filter((segment) => segment.level === 0)
        const copied = await copyable(state.id, small)
        const segment: Segment = copied
          ? { before: gathered.filter((ref) => ref.level > 0), turns: [...copied, ...run] }
          : { before: gathered, turns: run }
        const written = await writeSegment(state.id, segment, level, ttlSeconds)
        if (!written) return null
        segments = [...kept, written]
      }
      return segments
    },

    async read(state, from, to) {
      const total = countTurns(state)
      const read = createReader(readSegment)
      const range = { from: Math.max(0, from), to: Math.min(total, to) }
      const part = await collect(state, range, (key) => read(state.id, key))
      return { ...part, earlier: range.from, later: total - range.to, forgotten: state.forgotten }
    },

    async reopen(state) {
      const newest = state.segments.at(-1)
      if (!newest) return state
      const segment = await readSegment(state.id, newest.key)
      if (!segment) return null
      const { before, turns } = segment
      const own = turns.slice(0, newest.turns - countTurns({ segments: before, turns: [] }))
      return {
        ...state,
        segments: [...state.segments.slice(0, -1), ...before],
        turns: [...own, ...state.turns],
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

interface Range {
  readonly from: number
  readonly to: number
}

/** The turns of a run, in order, going down only where it leads. */
async function collect(
  { segments, turns }: Pick<SessionState, 'segments' | 'turns'>,
  { from, to }: Range,
  read: (key: string) => Promise<Segment | null>,
): Promise<Pick<Excerpt, 'turns' | 'unreadable'>> {
  let start = 0
  const parts: Promise<Pick<Excerpt, 'turns' | 'unreadable'>>[] = []
  for (const ref of segments) {
    const inner = { from: Math.max(0, from - start), to: Math.min(ref.turns, to - start) }
    if (inner.from < inner.to) parts.push(collectFrom(ref, inner, read))
    start += ref.turns
  }
  const collected = await Promise.all(parts)
  const own = turns.slice(Math.max(0, from - start), Math.max(0, to - start))
  return {
    turns: [...collected.flatMap((part) => part.turns), ...own],
    unreadable: collected.reduce((sum, part) => sum + part.unreadable, 0),
  }
}

async function collectFrom(
  ref: SegmentRef,
  range: Range,
  read: (key: string) => Promise<Segment | null>,
): Promise<Pick<Excerpt, 'turns' | 'unreadable'>> {
  const segment = await read(ref.key)
  if (!segment) return { turns: [], unreadable: range.to - range.from }
  return collect({ segments: segment.before, turns: segment.turns }, range, read)
}

/** Reads a few at a time, in the order of the calls. Made anew for each request: on Workers requests must not wait for each other. */
function createReader(
  readSegment: (conversation: string, key: string) => Promise<Segment | null>,
): (conversation: string, key: string) => Promise<Segment | null> {
  const lanes: Promise<unknown>[] = Array.from({ length: MAX_PARALLEL_READS }, () =>
    Promise.resolve(),
  )
  let next = 0
  return (conversation, key) => {
    const lane = next % lanes.length
    next += 1
    const result = Promise.resolve(lanes[lane]).then(() => readSegment(conversation, key))
    lanes[lane] = result
    return result
  }
}
