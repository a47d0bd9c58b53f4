/** Which other sites may call with the visitor's cookie, by Hono's `cors` (Fetch §3.3). */

import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** How long a browser may remember the answer to a preflight; Chromium takes two hours at most. */
const PREFLIGHT_SECONDS = 7200

/**
 * Creates the middleware. An origin that is not allowed gets no `Access-Control-Allow-Origin`, so
 * its browser refuses; a preflight is answered with 204 in any case.
 *
 * Hono's `cors` writes headers before the route runs. They win over the route's own of the same
 * name, and they cost each answer a copy of its headers, a twentieth of a turn. So where no origin
 * is allowed, only preflights pass through it.
 *
 * @param allowedOrigins origins such as `https://www.example.com`
 * @param exposedHeaders response headers that their scripts may read
 */
export function otherSites(
  allowedOrigins: readonly string[],
  exposedHeaders: readonly string[],
): MiddlewareHandler {
  const answerCors = cors({
    origin: [...allowedOrigins],
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST'],
    exposeHeaders: [...exposedHeaders],
    maxAge: PREFLIGHT_SECONDS,
  })
  if (allowedOrigins.length > 0) return answerCors
  return async function answerPreflights(c, next) {
    return c.req.method === 'OPTIONS' ? answerCors(c, next) : next()
  }
}
