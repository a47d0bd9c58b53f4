/** `POST /reset`: an empty conversation under a new id. */

import { Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import type { Shares } from '../conversation/copy.ts'
import { AppError } from '../errors.ts'
import { isForm } from '../http/negotiate.ts'
import type { ResetReply } from '../wire.ts'

/** Creates the route. It answers `{"status": "reset"}`, and sends a form back to the page. */
export function resetRoutes(openSession: OpenSession, shares: Shares) {
  return new Hono<AppEnv>().post('/reset', openSession, async (c) => {
    const { shared } = c.var.session.conversation
    // Nobody could end it later.
    if (shared !== undefined && !(await shares.end(shared))) {
      throw new AppError('store_unavailable', { retryAfterSeconds: 5 })
    }
    await c.var.session.restart()
    return isForm(c)
      ? c.redirect(c.var.session.base || '/', 303)
      : c.json({ status: 'reset' } satisfies ResetReply)
  })
}
