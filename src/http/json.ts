/** Reads a request's body as JSON. Both readers need `textBody()` before them. */

import { sValidator } from '@hono/standard-validator'
import type { Context } from 'hono'
import type { GenericSchema } from 'valibot'
import type { BodyEnv } from '../context.ts'
import { toInputError } from '../conversation/input.ts'
import { AppError } from '../errors.ts'
import { mediaType } from './negotiate.ts'

/**
 * The parsed body.
 *
 * @throws AppError `unsupported_media_type` for another content type, `bad_request` for what is no
 *   JSON
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

/**
 * Middleware for a route that takes JSON only: checks the body, which is then
 * `c.req.valid('json')`.
 *
 *     .post('/chat/commit', textBody(), jsonBody(commitRequest), (c) => … c.req.valid('json'))
 *
 * Throws `unsupported_media_type` for another content type, `bad_request` for what is no JSON, and
 * for what the schema refuses the error that `toInputError` makes of it.
 */
export function jsonBody<Schema extends GenericSchema>(schema: Schema) {
  return sValidator('json', schema, (result, c) => {
    // Hono's validator lets another content type through as `{}`, and JSON of any dialect.
    if (mediaType(c) !== 'application/json') throw new AppError('unsupported_media_type')
    if (!result.success) throw toInputError(result.error[0]?.message)
  })
}
