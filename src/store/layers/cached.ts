/**
 * Keeps in memory what was lately written to a store, or read from it. So most turns ask the store
 * nothing (reads of Workers KV are metered). The value of a key never changes, so what is kept is
 * never out of date. It can only outlive a `deleteAll` that another process did, for ten minutes at
 * most.
 */

import { createMemoryStore } from '../memory.ts'
import type { ObservableStore, Store } from '../store.ts'
import { observed } from './observed.ts'

export interface CacheOptions {
  /**
   * Characters of all kept keys and values together; 0 keeps nothing. The conversation that nobody
   * has used for longest makes room.
   */
  readonly maxChars: number
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number
}

/** Longest time that a value is kept without asking the store for it again. */
const MAX_AGE_SECONDS = 600

interface Cache {
  readonly memory: Store
  /**
   * How many deletions there were. A read or a write during which one began must not bring the
   * value back.
   */
  deletions: number
}

/**
 * Puts a cache before a store. Only strings are kept, never a promise: on Workers one request may
 * not await another's. Neither a null is kept (the value may become visible at any time) nor what
 * the store failed to write. An observer is put below the cache, which all observed stores share.
 */
export function cached(store: Store, { maxChars, now = Date.now }: CacheOptions): ObservableStore {
  const cache = { memory: createMemoryStore({ now, maxChars }), deletions: 0 }
  return {
    ...behind(cache, store),
    observed: (onOperation) => behind(cache, observed(store, onOperation)),
  }
}

function behind(cache: Cache, store: Store): Store {
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
    // A conversation can be larger than the whole cache: the rest of it is read from the store.
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
      // KV charges for each write and takes one of a key in a second.
      // Elsewhere to write again is cheap, and sure.
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
