/** `POST /reset`: an empty conversation under a new id. */

import { Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import { isForm } from '../http/negotiate.ts'
import type { ResetReply } from '../wire.ts'

/** Creates the route. It answers `{"status": "reset"}`, and sends a form back to the page. */
export function resetRoutes(openSession: OpenSession) {
  return new Hono<AppEnv>().post('/reset', openSession, async (c) => {
    const { session } = c.var
    await session.restart()
    return isForm(c)
      ? c.redirect(session.base || '/', 303)
      : c.json({ status: 'reset' } satisfies ResetReply)
  })
}
