/**
 * A store in memory: for tests, and where there is neither a disk nor another engine. What it holds is gone when the program ends.
 * It is bounded: when it is full, the conversation that nobody has used for longest makes room.
 */

import type { Store } from './store.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Of all keys and values together; they are ASCII, so a character counts as a byte. */
  readonly maxBytes: number
}

interface Entry {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** Creates an empty store. `put` rejects a value for which there is no room even without the other conversations. */
export function createMemoryStore({ now, maxBytes }: MemoryStoreOptions): Store {
  /** In the order of last use, the newest at the end. */
  const conversations = new Map<string, Map<string, Entry>>()
  let bytes = 0

  function removeConversation(conversation: string): void {
    for (const [key, entry] of conversations.get(conversation) ?? []) bytes -= sizeOf(key, entry)
    conversations.delete(conversation)
  }

  function removeEntry(conversation: string, key: string): void {
    const entries = conversations.get(conversation)
    const entry = entries?.get(key)
    if (!entries || !entry) return
    bytes -= sizeOf(key, entry)
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
    if (bytes + needed > maxBytes) removeExpired()
    let own = needed
    for (const [key, entry] of conversations.get(conversation) ?? []) own += sizeOf(key, entry)
    if (own > maxBytes) return false
    for (const other of conversations.keys()) {
      if (bytes + needed <= maxBytes) break
      if (other !== conversation) removeConversation(other)
    }
    return true
  }

  return {
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
        throw new Error(`Cannot keep ${size} bytes in memory: the limit is ${maxBytes}`)
      touch(conversation).set(key, entry)
      bytes += size
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
