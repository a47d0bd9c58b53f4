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

import type { Log } from '../../log.ts'
import type { ObservableStore, Store } from '../../store/store.ts'
import type { Conversation } from '../conversation.ts'
import type { Excerpt, SavedTurn } from '../turn.ts'
import { readAllTurns, readTurns, reopenNewest } from './reading.ts'
import { createSegmentStore } from './segment-store.ts'
import type { Passage } from './stretch.ts'
import { type Added, addTurns } from './writing.ts'

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

export interface ArchiveOptions {
  /**
   * Takes and gives plain text: its layers sign and check what the engine keeps. Null when there is
   * none.
   */
  readonly store: ObservableStore | null
  readonly log: Log
}

export function createArchive({ store, log }: ArchiveOptions): Archive {
  function build(values: Store | null): Archive {
    const segments = createSegmentStore(values, log)
    return {
      add: (conversation, turns, ttlSeconds) => addTurns(segments, conversation, turns, ttlSeconds),
      read: (conversation, from, to) => readTurns(segments, conversation, from, to),
      readAll: (conversation) => readAllTurns(segments, conversation),
      reopen: (conversation) => reopenNewest(segments, conversation),
      async deleteAll({ id, segments: references, ring }) {
        // Turns in the ring have left the cookie. Without any, nothing was ever written.
        if (references.length === 0 && ring.length === 0) return
        await segments.deleteAll(
          id,
          references.map(({ key }) => key),
        )
      },
      observed: (onOperation) => build(store?.observed(onOperation) ?? null),
    }
  }
  return build(store)
}
