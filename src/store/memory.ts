/**
 * A store in memory: for tests, and where there is neither a disk nor another engine. What it holds is gone when the program ends.
 * It is bounded: when it is full, the conversation that nobody has used for longest makes room.
 */

import type { Store } from './store.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Of all keys and values together. */
  readonly maxChars: number
}

interface Entry {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** Creates an empty store. `put` rejects a value for which there is no room even without the other conversations. */
export function createMemoryStore({ now, maxChars }: MemoryStoreOptions): Store {
  /** In the order of last use, the newest at the end. */
  const conversations = new Map<string, Map<string, Entry>>()
  let chars = 0

  function removeConversation(conversation: string): void {
    for (const [key, entry] of conversations.get(conversation) ?? []) chars -= sizeOf(key, entry)
    conversations.delete(conversation)
  }

  function removeEntry(conversation: string, key: string): void {
    const entries = conversations.get(conversation)
    const entry = entries?.get(key)
    if (!entries || !entry) return
    chars -= sizeOf(key, entry)
    entries.delete(key)
    if (entries.size === 0) conversations.delete(conversation)
  }

  function removeExpired(): void {
    const time = now()
    for (const [conversation, entries] of conversations)
      for (const [key, { expires }] of entries) if (expires <= time) removeEntry(conversation, key)
  }

  function touch(conversation: string): Map<string, Entry> {
    const entries = conversations.get(conversation) ?? new Map<string, Entry>()
    conversations.delete(conversation)
    conversations.set(conversation, entries)
    return entries
  }

  /** False when the conversation itself would not fit; then nobody else has lost anything. */
  function makeRoom(conversation: string, needed: number): boolean {
    if (chars + needed > maxChars) removeExpired()
    let own = needed
    for (const [key, entry] of conversations.get(conversation) ?? []) own += sizeOf(key, entry)
    if (own > maxChars) return false
    for (const other of conversations.keys()) {
      if (chars + needed <= maxChars) break
      if (other !== conversation) removeConversation(other)
    }
    return true
  }

  return {
    kind: 'memory',

    async get(conversation, key) {
      const entry = conversations.get(conversation)?.get(key)
      if (!entry) return null
      if (entry.expires <= now()) {
        removeEntry(conversation, key)
        return null
      }
      touch(conversation)
      return entry.value
    },

    async put(conversation, key, value, ttlSeconds) {
      const entry = { value, expires: now() + ttlSeconds * 1000 }
      removeEntry(conversation, key)
      const size = sizeOf(key, entry)
      if (!makeRoom(conversation, size))
        throw new Error(`Cannot keep ${size} characters in memory: the limit is ${maxChars}`)
      touch(conversation).set(key, entry)
      chars += size
    },

    async deleteAll(conversation) {
      removeConversation(conversation)
    },

    async check() {},
  }
}

function sizeOf(key: string, { value }: Entry): number {
  return key.length + value.length
}
