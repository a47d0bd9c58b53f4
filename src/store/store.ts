/**
 * The port to what keeps the parts of a conversation that outgrow its cookie. Values are written once under a fresh key and never
 * changed, so an engine needs neither transactions nor fresh reads; they are opaque, signed elsewhere.
 */

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
   * Writes a value that nobody has written before.
   *
   * @param ttlSeconds the value disappears after so long; an engine may keep it a little longer, but not for ever
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
   * @throws WritesFailError when it answers, but takes no values; told by the layer `writes.ts`
   */
  check(): Promise<void>
}

/** The engine answers, but its last write failed. */
export class WritesFailError extends Error {
  override readonly name = 'WritesFailError'
}
