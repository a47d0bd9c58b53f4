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
      ...(c.error && errorFields(c.error)),
    })
  }
}

/**
 * The owner's side of an error. Of an unexpected one its name and where it happened, not its message,
 * which may repeat what was being read.
 */
export function errorFields(error: unknown): LogFields {
  if (error instanceof AppError && error.code !== 'internal') {
    return { code: error.code, detail: error.detail }
  }
  return { code: 'internal', detail: placeOf(error) }
}

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`
  const cause = error.cause === undefined ? '' : `; caused by ${placeOf(error.cause)}`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames.map((frame) => frame.trim())].join(' ') + cause
}
