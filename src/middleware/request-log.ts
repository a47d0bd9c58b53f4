/** One line a request: what was asked, how it ended, how long it took. No query, no headers, no conversation text. */

import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { AppError } from '../errors.ts'
import type { Log, LogFields } from '../log.ts'

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
      ...(c.error && !c.req.raw.signal.aborted && errorFields(c.error)),
    })
  }
}

/** The owner's side of an error. Of an unexpected one the stack too, whose message is our own code's or the platform's. */
export function errorFields(error: unknown): LogFields {
  if (error instanceof AppError) return { code: error.code, detail: error.detail }
  return { code: 'internal', detail: (error instanceof Error && error.stack) || String(error) }
}
