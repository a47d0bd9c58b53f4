/** `POST /reset`: an empty conversation under a new id. */

import { Hono } from 'hono/tiny'
import { isForm } from '../http/answer-error.tsx'
import type { SessionEnv } from '../http/session.ts'
import type { ResetReply } from '../wire.ts'

export function resetRoutes(): Hono<SessionEnv> {
  return new Hono<SessionEnv>().post('/reset', async (c) => {
    await c.var.session.restart()
    return isForm(c) ? c.redirect('/', 303) : c.json({ status: 'reset' } satisfies ResetReply)
  })
}
