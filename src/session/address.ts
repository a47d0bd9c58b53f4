/**
 * The ids in the addresses of conversations: chance, and a mark by which the server knows its own.
 * So an address that was never given out is told from one where a conversation is to begin.
 *
 *     /c/ q3Zk9a_X 7Tq1mB0e      48 random bits, and 48 bits of their HMAC
 *
 * A visitor has some dozens of conversations, and no address opens another visitor's: there is
 * nothing to guess, and two of one visitor are alike once in a hundred billion.
 */

import { toBase64Url } from '../signing/base64url.ts'
import type { Tokens } from '../signing/tokens.ts'

const PURPOSE = 'address'
const CHANCE_BYTES = 6
const HALF_CHARS = 8

/** Matches the id in an address, as a pattern for a route. */
export const ADDRESS_PATTERN = '[A-Za-z0-9_-]{16}'

export interface Addresses {
  /** A fresh id. */
  issue(): Promise<string>
  /** True for an id that was issued here. */
  isIssued(id: string): Promise<boolean>
}

export function createAddresses(tokens: Tokens): Addresses {
  return {
    async issue() {
      const chance = toBase64Url(crypto.getRandomValues(new Uint8Array(CHANCE_BYTES)))
      const [mark = ''] = await tokens.marks(PURPOSE, chance)
      return chance + mark.slice(0, HALF_CHARS)
    },

    async isIssued(id) {
      const marks = await tokens.marks(PURPOSE, id.slice(0, HALF_CHARS))
      return marks.some((mark) => mark.slice(0, HALF_CHARS) === id.slice(HALF_CHARS))
    },
  }
}
