/** Answers what was done: JSON for programs, and for a form the page that comes next. */

import type { Context } from 'hono'
import { isForm, isUpload } from './negotiate.ts'

/** @param page where a form goes on, as a path */
export function done(c: Context, page: string, body: object): Response {
  return isForm(c) || isUpload(c) ? c.redirect(page, 303) : c.json(body)
}
