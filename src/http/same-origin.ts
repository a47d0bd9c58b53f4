/**
 * Refuses what another website makes a visitor's browser send, whatever its content type.
 *
 * `Sec-Fetch-Site` is the browser's own word (Fetch Metadata, W3C) and comes first; browsers leave it out on plain HTTP,
 * where `Origin` (RFC 6454 §7) is compared with the host. The scheme does not count, since a proxy may have ended TLS.
 * A request with neither header comes from no web page: curl and servers may call.
 */

import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Creates the check.
 *
 * @param allowedOrigins origins that may call all the same (`CORS_ORIGINS`)
 */
export function sameOrigin(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async function sameOriginCheck(c, next) {
    const origin = c.req.header('Origin')
    const site = c.req.header('Sec-Fetch-Site')
    const allowed = origin !== undefined && allowedOrigins.includes(origin)
    if (
      !SAFE_METHODS.has(c.req.method) &&
      !allowed &&
      !isOwn(origin, site, new URL(c.req.url).host)
    ) {
      throw new AppError('cross_site', { detail: 'POST from another origin' })
    }
    await next()
  }
}

function isOwn(origin: string | undefined, site: string | undefined, host: string): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
