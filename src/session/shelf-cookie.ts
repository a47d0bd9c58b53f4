/**
 * The cookie that names the newest shelf of parked conversations.
 *
 *     __Host-parked=1.<body>.<mac>; …        body: [1, "<visitor>", "<key>", at]
 *
 * Only what parks, opens or deletes a parked conversation sets it. Those requests are quick, so
 * they hardly ever overwrite one another, as the answers of a model would.
 */

import type { Tokens } from '../signing/tokens.ts'
import type { Shelf } from './parking.ts'
import { attributesOf, type CookieMode, siteCookie, tokenName, valuesOf } from './place.ts'

const NAME = 'parked'
const PURPOSE = 'shelf'
const VERSION = 1

export interface ShelfCookies {
  /** Null when the header names no shelf of ours. */
  load(cookieHeader: string, mode: CookieMode): Promise<Shelf | null>
  /** The whole value of the `Set-Cookie` header. */
  line(shelf: Shelf, mode: CookieMode): Promise<string>
}

/** @param maxAgeSeconds of the youngest conversation that can be on it */
export function createShelfCookies(tokens: Tokens, maxAgeSeconds: number): ShelfCookies {
  return {
    async load(cookieHeader, mode) {
      const cookie = siteCookie(NAME, mode)
      for (const value of valuesOf(cookieHeader, cookie.name)) {
        const payload = await tokens.open(PURPOSE, tokenName(cookie), value)
        const shelf = payload === null ? null : parseShelfName(payload)
        if (shelf) return shelf
      }
      return null
    },

    async line({ visitor, key, at }, mode) {
      const cookie = siteCookie(NAME, mode)
      const payload = JSON.stringify([VERSION, visitor, key, at])
      const token = await tokens.seal(PURPOSE, tokenName(cookie), payload)
      return `${cookie.name}=${token}${attributesOf(cookie, mode, maxAgeSeconds)}`
    },
  }
}

/** Null for what no version wrote. */
function parseShelfName(payload: string): Shelf | null {
  // We signed it, so it is JSON.
  const fields: unknown = JSON.parse(payload)
  if (!Array.isArray(fields)) return null
  const [version, visitor, key, at]: readonly unknown[] = fields
  if (version !== VERSION || typeof visitor !== 'string') return null
  return typeof key === 'string' && typeof at === 'number' ? { visitor, key, at } : null
}
