/** Reads the request's body once, as text, up to a limit, before a route runs. */

import type { MiddlewareHandler } from 'hono'
import { AppError } from '../errors.ts'
import { readBytes } from '../read-bytes.ts'

export type BodyEnv = { Variables: { body: string } }

/** A sender of a few megabytes too many still gets the answer instead of a broken connection. */
const DRAIN_BYTES = 4 * 1024 * 1024

/**
 * Creates the reader. Throws `too_large` for a longer body.
 *
 * @param maxBytes longest body that a route gets to see
 */
export function body(maxBytes: number): MiddlewareHandler<BodyEnv> {
  return async function readBody(c, next) {
    const bytes = await readBytes(c.req.raw.body, maxBytes, DRAIN_BYTES)
    if (!bytes) throw new AppError('too_large', { detail: `the body is over ${maxBytes} bytes` })
    c.set('body', new TextDecoder().decode(bytes))
    await next()
  }
}
