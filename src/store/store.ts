/**
 * The port to what keeps the parts of a conversation that outgrow its cookie. A key comes from what its value holds, so nothing ever
 * changes: to write a key again writes the same once more. An engine needs neither transactions nor fresh reads. Values are opaque,
 * signed elsewhere.
 */

/**
 * What an engine keeps of one conversation, at most, in characters of all its values. 5,000 turns of 1,100 characters take less than a
 * quarter of it. An engine that cannot know exactly may keep a little more.
 */
export const MAX_CONVERSATION_CHARS = 16 * 1024 * 1024

/** The engines there are. `memory` ends with the program. */
export type StoreKind = 'memory' | 'sqlite' | 'redis' | 'kv'

export interface Store {
  /** The engine below all layers. */
  readonly kind: StoreKind
  /**
   * The value under a key; null when there is none, or when it is not visible yet or any more.
   *
   * @param conversation 32 digits, base 16
   * @param key at most 32 characters of letters, digits, `-` and `_`
   * @throws whatever the engine throws when it cannot answer
   */
  get(conversation: string, key: string): Promise<string | null>
  /**
   * Writes a value. A key that is there already has the same meaning, and is counted once.
   *
   * @param ttlSeconds the value disappears after so long; an engine may keep it a little longer, but not for ever
   * @throws ConversationFullError when the conversation would become larger than the engine keeps of one
   * @throws whatever the engine throws when the value may not have been kept
   */
  put(conversation: string, key: string, value: string, ttlSeconds: number): Promise<void>
  /**
   * Removes everything of a conversation.
   *
   * @param keys those known to the caller, for an engine whose own list may lag behind
   */
  deleteAll(conversation: string, keys: readonly string[]): Promise<void>
  /**
   * Rejects when the engine does not answer.
   *
   * @throws WritesFailError when it answers, but takes no values; told by the layer `watched`
   */
  check(): Promise<void>
}

/** A store with its layers, which can tell what gets through to the engine below them. */
export interface ObservableStore extends Store {
  /**
   * The same store with the same cache, which tells of each call that gets through.
   *
   * @param onOperation called when a `get`, `put` or `deleteAll` begins, whatever becomes of it
   */
  observed(onOperation: () => void): Store
}

/** A conversation has reached its greatest size. The store is well, and what the conversation has stays. */
export class ConversationFullError extends Error {
  override readonly name = 'ConversationFullError'

  constructor(maxChars: number) {
    super(`Cannot keep more than ${maxChars} characters of a conversation`)
  }
}

/** The engine answers, but its last write failed. */
export class WritesFailError extends Error {
  override readonly name = 'WritesFailError'
}
