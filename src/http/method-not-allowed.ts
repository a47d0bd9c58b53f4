/**
 * Tells a method that an address does not answer from an address that there is not (RFC 9110 §15.5.6). All our paths are plain text, so
 * that comparing them does; Hono's own middleware brings a second router for patterns, 2 KB compressed.
 */

import type { Context, Hono, MiddlewareHandler } from 'hono'
import { METHOD_NAME_ALL } from 'hono/router'

/**
 * Answers 405 with `Allow` where the path has routes, but none for the method.
 *
 * @param routes those of the finished app; read with each request
 * @param answer makes the response
 */
export function methodNotAllowed(
  routes: () => Hono['routes'],
  answer: (c: Context) => Response | Promise<Response>,
): MiddlewareHandler {
  return async function refuseMethod(c, next) {
    const methods = new Set(
      routes()
        .filter(({ path, method }) => path === c.req.path && method !== METHOD_NAME_ALL)
        .map(({ method }) => method),
    )
    if (methods.has('GET')) methods.add('HEAD')
    if (methods.size === 0 || methods.has(c.req.method)) return next()
    c.header('Allow', [...methods].sort().join(', '))
    return answer(c)
  }
}
