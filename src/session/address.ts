/**
 * The ids in the addresses of conversations: when it was given out, chance, and a mark by which the
 * server knows its own. So an address that was never given out is told from one where a
 * conversation is to begin.
 *
 *     /c/ aSXh4A x9 7Tq1mB0e      32 bits of time, 16 random bits, 48 bits of their HMAC
 *         │      │
 *         │      └ with the time, of a hash where the conversation lived at the root
 *         └ in seconds since 1970
 *
 * A visitor has some dozens of conversations, and no address opens another visitor's: there is
 * nothing to guess. Two that a visitor is given within a second are alike once in 65,000.
 */

import { fromBase64Url, toBase64Url } from '../signing/base64url.ts'
import type { Tokens } from '../signing/tokens.ts'

const PURPOSE = 'address'
const HALF_CHARS = 8
/** Time and chance. */
const CHANCE_BYTES = 6

/** Matches the id in an address, as a pattern for a route. */
export const ADDRESS_PATTERN = '[A-Za-z0-9_-]{16}'

/** Where a conversation lives that has an address of its own. */
export function addressOf(id: string): string {
  return `/c/${id}`
}

export interface Addresses {
  /** An id for a conversation that begins. */
  issue(): Promise<string>
  /** The id for a conversation that lived at the root: the same each time. */
  forRoots(conversationId: string): Promise<string>
  /** True for an id that was issued here. */
  isIssued(id: string): Promise<boolean>
  /** When an id was issued, in seconds since 1970; of one that was, for a conversation to begin. */
  issuedAt(id: string): number
}

/** @param now milliseconds since 1970 */
export function createAddresses(tokens: Tokens, now: () => number): Addresses {
  async function sign(bytes: Uint8Array): Promise<string> {
    const text = toBase64Url(bytes)
    const [mark = ''] = await tokens.marks(PURPOSE, text)
    return text + mark.slice(0, HALF_CHARS)
  }

  return {
    issue() {
      const bytes = crypto.getRandomValues(new Uint8Array(CHANCE_BYTES))
      new DataView(bytes.buffer).setUint32(0, Math.floor(now() / 1000))
      return sign(bytes)
    },

    async forRoots(conversationId) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(conversationId))
      return sign(new Uint8Array(digest, 0, CHANCE_BYTES))
    },

    async isIssued(id) {
      const marks = await tokens.marks(PURPOSE, id.slice(0, HALF_CHARS))
      return marks.some((mark) => mark.slice(0, HALF_CHARS) === id.slice(HALF_CHARS))
    },

    issuedAt(id) {
      const bytes = fromBase64Url(id.slice(0, HALF_CHARS))
      return bytes ? new DataView(bytes.buffer).getUint32(0) : 0
    },
  }
}
