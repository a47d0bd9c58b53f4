/** What a caller may send as JSON or as a form: the same fields either way. */

import type { Context } from 'hono'
import * as v from 'valibot'
import type { BodyEnv } from '../context.ts'
import { AppError, type Unfit } from '../errors.ts'
import { readJson } from './json.ts'
import { isForm, mediaType } from './negotiate.ts'

/**
 * The fields of the body, checked. A body without a type has none: a route may need nothing.
 *
 * @param unfit what the sentence is about where the schema refuses them
 * @throws AppError `bad_request`, or `unsupported_media_type`
 */
export function readFields<E extends BodyEnv, Output>(
  c: Context<E>,
  schema: v.GenericSchema<unknown, Output>,
  unfit?: Unfit,
): Output {
  const result = v.safeParse(schema, readBody(c), { abortEarly: true })
  if (result.success) return result.output
  const detail = result.issues[0].message
  throw new AppError('bad_request', { detail, ...(unfit && { unfit }) })
}

function readBody<E extends BodyEnv>(c: Context<E>): unknown {
  if (isForm(c)) return Object.fromEntries(new URLSearchParams(c.var.body))
  if (mediaType(c) === '' && c.var.body === '') return {}
  return readJson(c)
}
