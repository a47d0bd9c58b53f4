/**
 * Reads a request's body as text, up to a limit, before a route runs.
 *
 * Hono's `body-limit` answers while the sender still sends. The connection is then cut before a
 * sender has seen the answer who looks for it only after everything is sent. So what is too much is
 * read here as well, up to a second limit, and dropped.
 */

import type { Context, MiddlewareHandler } from 'hono'
import { readBytes } from '../bounds/read-bytes.ts'
import type { BodyEnv } from '../context.ts'
import { MAX_BODY_BYTES, MAX_BODY_WITH_RECEIPTS_BYTES } from '../conversation/input.ts'
import { AppError } from '../errors.ts'
import { mediaType } from './negotiate.ts'

/** A sender of a few megabytes too many still gets the answer instead of a broken connection. */
const DRAIN_BYTES = 4 * 1024 * 1024

/**
 * Creates the reader. The body is then in `c.var.body`, and `c.req.text()` and `c.req.json()` give
 * it too. A route that wants another kind of body, such as a file, reads it itself.
 *
 * Throws `too_large` for a body of more than `MAX_BODY_BYTES`; for JSON that brings receipts the
 * limit is `MAX_BODY_WITH_RECEIPTS_BYTES`.
 */
export function textBody(): MiddlewareHandler<BodyEnv> {
  return async function readBody(c, next) {
    const mayHaveReceipts = mediaType(c) === 'application/json'
    const maxBytes = mayHaveReceipts ? MAX_BODY_WITH_RECEIPTS_BYTES : MAX_BODY_BYTES
    const { text, length } = await readText(c, maxBytes)
    if (length > maxBytes || (length > MAX_BODY_BYTES && !hasReceipts(text))) {
      throw new AppError('too_large', { detail: `the body is over ${MAX_BODY_BYTES} bytes` })
    }
    c.set('body', text)
    await next()
  }
}

interface Body {
  /** Empty when it is too long. */
  readonly text: string
  /** In bytes; infinite when it is too long to be read. */
  readonly length: number
}

async function readText({ req }: Context, maxBytes: number): Promise<Body> {
  // Servers hold a body to the length that it declares (RFC 9112 §6.3). Then it is read in one go.
  const header = req.header('Content-Length') ?? ''
  const declared = /^\d+$/.test(header) ? Number(header) : Number.NaN
  if (declared <= maxBytes) {
    const text = await req.text()
    return { text, length: Math.max(declared, text.length) }
  }
  const bytes = await readBytes(req.raw.body, maxBytes, DRAIN_BYTES)
  const text = new TextDecoder().decode(bytes ?? new Uint8Array())
  // Hono keeps promises there, whatever its types say.
  Object.assign(req.bodyCache, { text: Promise.resolve(text) })
  return { text, length: bytes?.length ?? Number.POSITIVE_INFINITY }
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
