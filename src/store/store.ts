/**
 * The port to the engines that keep what outgrows a conversation's cookie. A key comes from what
 * its value holds, so a value never changes: whoever writes a key again writes the same value. So
 * an engine needs neither transactions nor fresh reads. Values are opaque here. Their signing is a
 * layer.
 *
 *     archive     asks for segments, writes them, deletes a conversation
 *        │
 *     cached      keeps lately used values in memory, so that most turns ask no store
 *        │
 *     sealed      signs on the way down, checks on the way up
 *        │
 *     observed    counts the calls of one request
 *        │
 *     watched     notes whether writes succeed, for `/readyz`
 *        │
 *     limited     ends a call that takes too long, and tries a failed write once more
 *        │
 *     engine      Workers KV, SQLite, Redis or memory
 *
 * The cache stands above the signing: a value that was damaged on its way is asked for again. The
 * watch stands above the limits: a write that took too long counts as failed.
 */

/**
 * What an engine keeps of one conversation at most, in characters of all its values. 5,000 turns of
 * 1,100 characters take less than a quarter of it. An engine that cannot know the exact size may
 * keep a little more.
 */
export const MAX_CONVERSATION_CHARS = 16 * 1024 * 1024

/** The engines. What `memory` holds ends with the program. */
export type StoreKind = 'memory' | 'sqlite' | 'redis' | 'kv'

export interface Store {
  /** The engine below all layers. A layer gives the kind of the store below it. */
  readonly kind: StoreKind
  /**
   * The value under a key; null when there is none, when it is not visible yet, and when it has
   * expired.
   *
   * @param conversation 32 digits, base 16
   * @param key at most 32 characters of letters, digits, `-` and `_`
   * @throws whatever the engine throws when it cannot answer
   */
  get(conversation: string, key: string): Promise<string | null>
  /**
   * Writes a value. A key that is there already holds the same value, and is counted once.
   *
   * @param ttlSeconds how long the value is kept; an engine may keep it a little longer, but not
   *   for ever
   * @throws ConversationFullError when the conversation would become larger than an engine keeps
   * @throws whatever the engine throws when it does not know that the value was kept
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
   * @throws WritesFailError when it answers, but takes no values; the layer `watched` throws it
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

/** A conversation has reached its greatest size. The store works, and what it holds stays. */
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
