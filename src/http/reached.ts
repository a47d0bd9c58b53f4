/** How a visitor's request came, as far as its cookies depend on it. */

import type { Context } from 'hono'
import { isLoopbackHost, isPrivateHost } from '../model/private-host.ts'
import type { CookieMode } from '../session/place.ts'

export interface Reached {
  readonly hostname: string
  readonly isPrivate: boolean
  /**
   * The browser is on HTTPS for sure: by the address, or by the word of the proxy that ended TLS.
   */
  readonly isEncrypted: boolean
  readonly mode: CookieMode
}

export function reached(c: Context): Reached {
  const { protocol, hostname } = new URL(c.req.url)
  const isPrivate = isPrivateHost(hostname)
  // The first of several proxies is the one that the browser spoke to. Who makes this header up
  // gets a stricter cookie, no more.
  const forwarded = c.req.header('X-Forwarded-Proto')?.split(',')[0]?.trim().toLowerCase()
  const isEncrypted = protocol === 'https:' || forwarded === 'https'
  // HTTP on a public host means that a proxy ended TLS and does not say so, or that an open cookie
  // would be wrong.
  const wantsSecure = isEncrypted || !isPrivate
  const takesSecure = wantsSecure || isLoopbackHost(hostname)
  const mode =
    takesSecure && isEmbedded(c, hostname) ? 'embedded' : wantsSecure ? 'secure' : 'plain'
  return { hostname, isPrivate, isEncrypted, mode }
}

/**
 * True for the script of another site. The check of origins has refused those that may not change
 * anything. Browsers that leave `Sec-Fetch-Site` out send `Origin` with every request that can
 * change something.
 */
function isEmbedded(c: Context, hostname: string): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined) {
    // A visitor who follows a link from another site is on ours then: a partitioned cookie would
    // stay beside the ordinary one, and hide it.
    return site === 'cross-site' && c.req.header('Sec-Fetch-Mode') !== 'navigate'
  }
  const origin = c.req.header('Origin')
  return origin !== undefined && URL.canParse(origin) && new URL(origin).hostname !== hostname
}
