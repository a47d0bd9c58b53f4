/** Segments in the store: one is written once under a key that comes from what it holds. */

import type { Log } from '../../log.ts'
import { toBase64Url } from '../../signing/base64url.ts'
import { ConversationFullError, type Store } from '../../store/store.ts'
import { encodeSegment, parseSegment, type Segment } from '../codec.ts'
import { countTurns, type SegmentRef } from '../conversation.ts'

export interface SegmentStore {
  /**
   * Null for what is not there, not ours, or cannot be had: it may be there later, so nobody draws
   * a conclusion.
   */
  read(conversationId: string, key: string): Promise<Segment | null>
  /** Null when it could not be written. */
  write(
    conversationId: string,
    segment: Segment,
    level: number,
    ttlSeconds: number,
  ): Promise<SegmentRef | null>
  /** Deletes all of a conversation, as far as the store can. */
  deleteAll(conversationId: string, keys: readonly string[]): Promise<void>
}

/**
 * 48 bits: of hundreds of millions of conversations with a thousand segments, one has two of one
 * key by chance.
 */
const KEY_BYTES = 6

/** @param values plain text by its key; null when there is no store */
export function createSegmentStore(values: Store | null, log: Log): SegmentStore {
  return {
    async read(conversationId, key) {
      if (!values) return null
      try {
        const payload = await values.get(conversationId, key)
        if (payload === null) log('warn', 'segment_unreadable')
        return parseSegment(payload ?? '')
      } catch (error) {
        log('warn', 'store_failed', { operation: 'get', detail: String(error) })
        return null
      }
    },

    async write(conversationId, { before, turns }, level, ttlSeconds) {
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
    },

    async deleteAll(conversationId, keys) {
      if (!values) return
      try {
        await values.deleteAll(conversationId, keys)
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
