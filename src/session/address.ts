/**
 * The ids in the addresses of conversations: when it was given out, chance, and a mark by which the
 * server knows its own. So an address that was never given out is told from one where a
 * conversation is to begin.
 *
 *     /c/ LVsT x9Kq 7Tq1mB0e      24 bits of time, 24 random bits, 48 bits of their HMAC
 *         │    │
 *         │    └ of an address for a conversation that lived at the root: of its id
 *         └ in units of ten minutes since 1970; zero for such a one
 *
 * A visitor has some dozens of conversations, and no address opens another visitor's: there is
 * nothing to guess. Two that a visitor is given within ten minutes are alike once in 16 million.
 */

import { fromBase64Url, toBase64Url } from '../signing/base64url.ts'
import type { Tokens } from '../signing/tokens.ts'

const PURPOSE = 'address'
const HALF_CHARS = 8
const UNIT_MS = 600_000
/** A page that was opened longer ago may have begun its conversation, and that may be parked. */
const FRESH_UNITS = 6

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
  /** True when it was issued within the last hour, for a conversation that begins. */
  isFresh(id: string): boolean
}

/** @param now milliseconds since 1970 */
export function createAddresses(tokens: Tokens, now: () => number): Addresses {
  const units = (): number => Math.floor(now() / UNIT_MS)

  async function sign(time: number, chance: Uint8Array): Promise<string> {
    const bytes = [time >> 16, time >> 8, time, ...chance].map((byte) => byte & 0xff)
    const text = toBase64Url(Uint8Array.from(bytes))
    const [mark = ''] = await tokens.marks(PURPOSE, text)
    return text + mark.slice(0, HALF_CHARS)
  }

  return {
    issue: () => sign(units(), crypto.getRandomValues(new Uint8Array(3))),

    async forRoots(conversationId) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(conversationId))
      return sign(0, new Uint8Array(digest, 0, 3))
    },

    async isIssued(id) {
      const marks = await tokens.marks(PURPOSE, id.slice(0, HALF_CHARS))
      return marks.some((mark) => mark.slice(0, HALF_CHARS) === id.slice(HALF_CHARS))
    },

    isFresh(id) {
      const [high = 0, middle = 0, low = 0] = fromBase64Url(id.slice(0, 4)) ?? []
      return units() - (high * 0x10000 + middle * 0x100 + low) <= FRESH_UNITS
    },
  }
}
