/**
 * Refuses what another website makes a visitor's browser send, whatever its content type.
 *
 * Two headers tell where a request comes from. `Sec-Fetch-Site` (Fetch Metadata, W3C) is the
 * browser's own word and decides where it is there. Browsers leave it out on plain HTTP; then
 * `Origin` (RFC 6454 §7) is compared with the host. A request with neither comes from no web page:
 * curl and servers may call.
 *
 *     Sec-Fetch-Site: same-origin                     passes
 *     Sec-Fetch-Site: cross-site                      403, unless its `Origin` is allowed
 *     Origin: https://chat.example, the host's own    passes; a proxy may have ended TLS, so the
 *                                                     scheme does not count
 *     Origin: null                                    403
 */

import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors.ts'

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Creates the check. It throws `cross_site`.
 *
 * @param allowedOrigins origins that may call all the same, such as `https://www.example.com`
 */
export function sameOrigin(allowedOrigins: readonly string[]): MiddlewareHandler {
  return async function sameOriginCheck(c, next) {
    const origin = c.req.header('Origin')
    const site = c.req.header('Sec-Fetch-Site')
    const mayCall =
      SAFE_METHODS.has(c.req.method) ||
      (origin !== undefined && allowedOrigins.includes(origin)) ||
      isOwn(origin, site, new URL(c.req.url).host)
    if (!mayCall) throw new AppError('cross_site', { detail: 'POST from another origin' })
    await next()
  }
}

function isOwn(origin: string | undefined, site: string | undefined, host: string): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const { protocol, host: own } = new URL(origin)
  return /^https?:$/.test(protocol) && own === host
}
