/** `POST /reset`: an empty conversation under a new id. */

import { Hono } from 'hono/tiny'
import type { SessionEnv } from '../middleware/session.ts'
import type { ResetReply } from '../wire.ts'
import { isForm } from './error.tsx'

export function resetRoutes(): Hono<SessionEnv> {
  return new Hono<SessionEnv>().post('/reset', async (c) => {
    await c.var.session.restart()
    return isForm(c) ? c.redirect('/', 303) : c.json({ status: 'reset' } satisfies ResetReply)
  })
}
