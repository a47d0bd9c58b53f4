/**
 * Lets other sites that the owner named call with the visitor's cookie (Fetch §3.3). Written here because Hono's own knows a dozen
 * options more.
 */

import type { MiddlewareHandler } from 'hono'

/** How long a browser may remember a preflight's answer: two hours, the longest that Chromium takes. */
const MAX_AGE_SECONDS = 7200
const METHODS = 'GET, HEAD, POST'

/**
 * Creates the middleware.
 *
 * @param allowedOrigins origins like `https://www.example.com`
 * @param exposedHeaders response headers that their scripts may read
 */
export function cors(
  allowedOrigins: readonly string[],
  exposedHeaders: readonly string[],
): MiddlewareHandler {
  return async function answerCors(c, next) {
    const origin = c.req.header('Origin') ?? ''
    const headers = new Headers({ Vary: 'Origin' })
    if (allowedOrigins.includes(origin)) {
      headers.set('Access-Control-Allow-Origin', origin)
      headers.set('Access-Control-Allow-Credentials', 'true')
      headers.set('Access-Control-Expose-Headers', exposedHeaders.join(', '))
    }
    if (c.req.method === 'OPTIONS') {
      headers.set('Access-Control-Allow-Methods', METHODS)
      const wanted = c.req.header('Access-Control-Request-Headers')
      if (wanted) headers.set('Access-Control-Allow-Headers', wanted)
      headers.set('Access-Control-Max-Age', String(MAX_AGE_SECONDS))
      return new Response(null, { status: 204, headers })
    }
    await next()
    for (const [name, value] of headers) c.res.headers.append(name, value)
  }
}
