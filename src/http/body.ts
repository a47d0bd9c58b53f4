/** Reads the request's body once, as text, up to a limit, before a route runs. */

import type { MiddlewareHandler } from 'hono'
import { readBytes } from '../bounds/read-bytes.ts'
import { MAX_BODY_BYTES, MAX_BODY_WITH_RECEIPTS_BYTES } from '../conversation/input.ts'
import { AppError } from '../errors.ts'

export type BodyEnv = { Variables: { body: string } }

/** A sender of a few megabytes too many still gets the answer instead of a broken connection. */
const DRAIN_BYTES = 4 * 1024 * 1024

/** Creates the reader. Throws `too_large` for a body longer than one without receipts, or with them, may be. */
export function body(): MiddlewareHandler<BodyEnv> {
  return async function readBody(c, next) {
    const mayHaveReceipts = /^application\/json\b/i.test(c.req.header('Content-Type') ?? '')
    const maxBytes = mayHaveReceipts ? MAX_BODY_WITH_RECEIPTS_BYTES : MAX_BODY_BYTES
    const bytes = await readBytes(c.req.raw.body, maxBytes, DRAIN_BYTES)
    const text = new TextDecoder().decode(bytes ?? new Uint8Array())
    if (!bytes || (bytes.length > MAX_BODY_BYTES && !hasReceipts(text))) {
      throw new AppError('too_large', { detail: `the body is over ${MAX_BODY_BYTES} bytes` })
    }
    c.set('body', text)
    await next()
  }
}

/** Whether a body is an object with receipts, whatever those are. */
function hasReceipts(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && ('receipts' in body || 'receipt' in body)
  } catch {
    return false
  }
}
