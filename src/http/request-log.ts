/**
 * One line in the log for each request: what was asked, how it ended, how long it took. It holds no
 * query, no headers and no text of a conversation.
 */

import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../context.ts'
import { errorFields } from '../errors.ts'
import type { Log } from '../log.ts'

/**
 * Creates the middleware. Its line has the level `error` from status 500 on, and `info` otherwise;
 * of an error it holds the owner's side too. A streamed answer is counted up to its headers.
 */
export function requestLog(log: Log): MiddlewareHandler<AppEnv> {
  return async function requestLogger(c, next) {
    const startedAt = Date.now()
    await next()
    const { status } = c.res
    log(status >= 500 ? 'error' : 'info', 'request', {
      requestId: c.var.requestId,
      method: c.req.method,
      path: c.req.path,
      status,
      ms: Date.now() - startedAt,
      ...(c.error && errorFields(c.error)),
    })
  }
}
