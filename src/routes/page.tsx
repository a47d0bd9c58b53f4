/** `GET /`: the chat page with the conversation so far. Starts an empty session where there is none. */

import { Hono } from 'hono'
import type { SessionEnv } from '../middleware/session.ts'
import type { Settings } from '../settings.ts'
import { ChatPage } from '../ui/chat-page.tsx'

export function pageRoutes(settings: Settings): Hono<SessionEnv> {
  return new Hono<SessionEnv>().get('/', async (c) => {
    const { session } = c.var
    if (session.isNew) await session.save(session.state)
    return c.html(<ChatPage settings={settings} conversation={session.state} />)
  })
}
