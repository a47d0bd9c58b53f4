/**
 * The ids in the addresses of conversations: when it was given out, chance, and a mark by which the
 * server knows its own. So an address that was never given out is told from one where a
 * conversation is to begin.
 *
 *     /c/ aSXh4Ax9Rk2e 7Tq1      32 bits of time, 40 random bits, 24 bits of their HMAC
 *         │    │
 *         │    └ where the conversation lived at the root, of a hash of its id
 *         └ in seconds since 1970; where it lived at the root, when it began there
 *
 * No address opens another visitor's conversation, so there is nothing to guess: the mark is short.
 */

import type { Conversation } from '../conversation/conversation.ts'
import { fromBase64Url, toBase64Url } from '../signing/base64url.ts'
import type { Tokens } from '../signing/tokens.ts'

const PURPOSE = 'address'
const TIME_BYTES = 4
const CHANCE_BYTES = 5
/** Time and chance. */
const SIGNED_CHARS = 12
const MARK_CHARS = 4

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
  forRoots(conversation: Pick<Conversation, 'id' | 'startedAt'>): Promise<string>
  /** True for an id that was issued here. */
  isIssued(id: string): Promise<boolean>
  /** The time in an id, in seconds since 1970: its conversation did not begin later. */
  issuedAt(id: string): number
}

/** @param now milliseconds since 1970 */
export function createAddresses(tokens: Tokens, now: () => number): Addresses {
  async function sign(seconds: number, chance: Uint8Array): Promise<string> {
    const bytes = new Uint8Array(TIME_BYTES + CHANCE_BYTES)
    new DataView(bytes.buffer).setUint32(0, seconds)
    bytes.set(chance, TIME_BYTES)
    const text = toBase64Url(bytes)
    const [mark = ''] = await tokens.marks(PURPOSE, text)
    return text + mark.slice(0, MARK_CHARS)
  }

  return {
    issue: () =>
      sign(Math.floor(now() / 1000), crypto.getRandomValues(new Uint8Array(CHANCE_BYTES))),

    async forRoots({ id, startedAt }) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id))
      return sign(startedAt, new Uint8Array(digest, 0, CHANCE_BYTES))
    },

    async isIssued(id) {
      const marks = await tokens.marks(PURPOSE, id.slice(0, SIGNED_CHARS))
      return marks.some((mark) => mark.slice(0, MARK_CHARS) === id.slice(SIGNED_CHARS))
    },

    issuedAt(id) {
      const bytes = fromBase64Url(id.slice(0, SIGNED_CHARS))
      return bytes ? new DataView(bytes.buffer).getUint32(0) : 0
    },
  }
}
