/** All that opens and keeps a visitor's conversations, from the parts that it works with. */

import type { Archive } from '../conversation/archive/archive.ts'
import type { Log } from '../log.ts'
import type { Tokens } from '../signing/tokens.ts'
import type { Store } from '../store/store.ts'
import { type Addresses, createAddresses } from './address.ts'
import { createSessionCookies, type SessionCookies } from './cookie.ts'
import { createIndexCookies, type IndexCookies } from './index-cookie.ts'
import { createParking, type Parking } from './parking.ts'
import { createShelfCookies, type ShelfCookies } from './shelf-cookie.ts'

export interface SessionParts {
  readonly cookies: SessionCookies
  readonly indexes: IndexCookies
  readonly shelves: ShelfCookies
  readonly parking: Parking
  readonly addresses: Addresses
}

export interface SessionPartsOptions {
  readonly tokens: Tokens
  readonly archive: Archive
  /** Takes and gives plain text; null when there is none. */
  readonly store: Store | null
  readonly log: Log
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** As `parking.ts` says; 15 unless given. */
  readonly safeAfterSeconds?: number
}

export function createSessionParts(options: SessionPartsOptions): SessionParts {
  const { tokens, maxAgeSeconds } = options
  return {
    cookies: createSessionCookies(options),
    indexes: createIndexCookies(options),
    shelves: createShelfCookies(tokens, maxAgeSeconds),
    parking: createParking(options),
    addresses: createAddresses(tokens, options.now),
  }
}
