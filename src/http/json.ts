/** Reads a request's body as JSON. */

import type { Context } from 'hono'
import { AppError } from '../errors.ts'
import { mediaType } from './answer-error.tsx'
import type { BodyEnv } from './body.ts'

/**
 * The parsed body.
 *
 * @throws AppError `unsupported_media_type` for another content type, `bad_request` for what is no JSON
 */
export function readJson<E extends BodyEnv>(c: Context<E>): unknown {
  if (mediaType(c) !== 'application/json') throw new AppError('unsupported_media_type')
  try {
    const body: unknown = JSON.parse(c.var.body)
    return body
  } catch (cause) {
    throw new AppError('bad_request', { detail: 'the body is not JSON', cause })
  }
}
