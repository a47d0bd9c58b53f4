/**
 * A store in memory: for tests, and for a machine without a disk or another engine. What it holds
 * is gone when the program ends. It is bounded: when it is full, it drops the conversation that
 * nobody has used for longest.
 */

import { ConversationFullError, MAX_CONVERSATION_CHARS, type Store } from './store.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Of all keys and values together. */
  readonly maxChars: number
  /** Of all keys and values of one conversation. 16 Mi, or `maxChars` if that is less. */
  readonly maxConversationChars?: number
}

interface Entry {
  readonly value: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

interface Conversation {
  readonly entries: Map<string, Entry>
  chars: number
}

/** Creates an empty store. */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const { now, maxChars } = options
  const maxOwnChars = Math.min(maxChars, options.maxConversationChars ?? MAX_CONVERSATION_CHARS)
  /** In the order of last use, the newest at the end. */
  const conversations = new Map<string, Conversation>()
  let chars = 0
  let count = 0
  /** No entry expires before this, in milliseconds since 1970. */
  let firstExpires = Number.POSITIVE_INFINITY
  let putsSinceSweep = 0

  function removeConversation(conversation: string): void {
    const { entries, chars: own } = conversations.get(conversation) ?? { entries: [], chars: 0 }
    chars -= own
    count -= [...entries].length
    conversations.delete(conversation)
  }

  function removeEntry(conversation: string, key: string): void {
    const own = conversations.get(conversation)
    const entry = own?.entries.get(key)
    if (!own || !entry) return
    const size = sizeOf(key, entry)
    own.entries.delete(key)
    own.chars -= size
    chars -= size
    count -= 1
    if (own.entries.size === 0) conversations.delete(conversation)
  }

  /**
   * Looks at every entry. So it waits until an eighth of the entries are new: then the cost of a
   * write does not grow with what is kept.
   */
  function removeExpired(): void {
    const time = now()
    if (time < firstExpires || putsSinceSweep * 8 < count) return
    putsSinceSweep = 0
    firstExpires = Number.POSITIVE_INFINITY
    for (const [conversation, { entries }] of conversations) {
      for (const [key, { expires }] of entries) {
        if (expires <= time) removeEntry(conversation, key)
        else firstExpires = Math.min(firstExpires, expires)
      }
    }
  }

  function touch(conversation: string): Conversation {
    const own = conversations.get(conversation) ?? { entries: new Map<string, Entry>(), chars: 0 }
    conversations.delete(conversation)
    conversations.set(conversation, own)
    return own
  }

  function makeRoom(conversation: string, needed: number): void {
    if (chars + needed <= maxChars) return
    removeExpired()
    for (const other of conversations.keys()) {
      if (chars + needed <= maxChars) break
      if (other !== conversation) removeConversation(other)
    }
  }

  return {
    kind: 'memory',

    async get(conversation, key) {
      const entry = conversations.get(conversation)?.entries.get(key)
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
      const size = sizeOf(key, entry)
      const known = conversations.get(conversation)
      const before = known?.entries.get(key)
      const grown = (known?.chars ?? 0) + size - (before ? sizeOf(key, before) : 0)
      // A conversation that is too large itself must not push others out.
      if (grown > maxOwnChars) throw new ConversationFullError(maxOwnChars)
      removeEntry(conversation, key)
      makeRoom(conversation, size)
      const own = touch(conversation)
      own.entries.set(key, entry)
      own.chars += size
      chars += size
      count += 1
      putsSinceSweep += 1
      firstExpires = Math.min(firstExpires, entry.expires)
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
