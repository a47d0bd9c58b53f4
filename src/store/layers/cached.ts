/**
 * Keeps what was lately written to a store, or read from it, in this process's memory, so that most turns ask the store nothing
 * (reads of Workers KV are metered). What a key means never changes, so what is kept cannot be out of date; it can only outlive a `deleteAll`
 * that another process answered, and that for a limited time.
 */

import { createMemoryStore } from '../memory.ts'
import type { Store } from '../store.ts'

/** Longest time that a value is kept without asking the store for it again. */
const MAX_AGE_SECONDS = 600

/** What is kept. Several stores with one engine below them may share it. */
export interface Cache {
  readonly memory: Store
  /** A read or a write that a deletion has overtaken must not bring the value back. */
  deletions: number
}

/**
 * Creates an empty cache.
 *
 * @param maxChars of all kept keys and values together; the conversation that nobody has used for longest makes room
 * @param now milliseconds since 1970
 */
export function createCache(maxChars: number, now: () => number = Date.now): Cache {
  return { memory: createMemoryStore({ now, maxChars }), deletions: 0 }
}

/**
 * Puts a cache before a store. Only strings are kept, never a promise: on Workers one request may not await another's.
 * Neither a null is kept (the value may become visible at any time) nor what the store failed to write.
 */
export function withCache(store: Store, cache: Cache): Store {
  const { memory } = cache

  async function keep(
    seen: number,
    conversation: string,
    key: string,
    value: string,
    ttlSeconds: number,
  ): Promise<void> {
    if (seen !== cache.deletions) return
    const ttl = Math.min(ttlSeconds, MAX_AGE_SECONDS)
    // A conversation can outgrow the whole cache; then the rest of it is read from the store.
    await memory.put(conversation, key, value, ttl).catch(() => {})
  }

  async function forget(conversation: string, keys: readonly string[]): Promise<void> {
    cache.deletions++
    await memory.deleteAll(conversation, keys)
  }

  return {
    kind: store.kind,

    async get(conversation, key) {
      const kept = await memory.get(conversation, key)
      if (kept !== null) return kept
      const seen = cache.deletions
      const value = await store.get(conversation, key)
      if (value !== null) await keep(seen, conversation, key, value, MAX_AGE_SECONDS)
      return value
    },

    async put(conversation, key, value, ttlSeconds) {
      // KV charges for each write and takes one of a key in a second; elsewhere to write again is cheap, and sure.
      if (store.kind === 'kv' && (await memory.get(conversation, key)) === value) return
      const seen = cache.deletions
      await store.put(conversation, key, value, ttlSeconds)
      await keep(seen, conversation, key, value, ttlSeconds)
    },

    async deleteAll(conversation, keys) {
      await forget(conversation, keys)
      try {
        await store.deleteAll(conversation, keys)
      } finally {
        await forget(conversation, keys)
      }
    },

    check: () => store.check(),
  }
}
