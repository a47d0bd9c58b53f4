/**
 * What tokens hold that this process lately sealed or opened itself. A visitor's next request
 * brings the cookie that the last answer set, and a look here is a tenth of the price of a check.
 * It is a copy of what a check would give: nobody misses an entry that was dropped.
 */

export interface KnownTokens {
  /** The payload; undefined when this process does not know the token. */
  payloadOf(key: string): string | undefined
  remember(key: string, payload: string): void
}

/** A cookie and the conversation in it. What is longer is rare, and takes the place of many. */
const MAX_ENTRY_CHARS = 16 * 1024

/**
 * Creates the memory. What was not asked for the longest is dropped first.
 *
 * @param maxChars characters of all keys and payloads; most of them take one byte each
 */
export function createKnownTokens(maxChars: number): KnownTokens {
  const payloads = new Map<string, string>()
  let chars = 0

  function drop(key: string, payload: string): void {
    payloads.delete(key)
    chars -= key.length + payload.length
  }

  function add(key: string, payload: string): void {
    payloads.set(key, payload)
    chars += key.length + payload.length
  }

  return {
    payloadOf(key) {
      const payload = payloads.get(key)
      if (payload === undefined) return undefined
      drop(key, payload)
      add(key, payload)
      return payload
    },

    remember(key, payload) {
      if (key.length + payload.length > MAX_ENTRY_CHARS || payloads.has(key)) return
      add(key, payload)
      for (const [oldest, held] of payloads) {
        if (chars <= maxChars) return
        drop(oldest, held)
      }
    },
  }
}
