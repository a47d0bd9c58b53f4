/** One line a request: what was asked, how it ended, how long it took. No query, no headers, no conversation text. */

import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { errorFields } from '../errors.ts'
import type { Log } from '../log.ts'

export function requestLog(log: Log): MiddlewareHandler<{ Variables: RequestIdVariables }> {
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
