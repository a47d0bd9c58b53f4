/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import { commitRequest } from '../conversation/input.ts'
import type { ChatService } from '../conversation/service.ts'
import { textBody } from '../http/body.ts'
import { jsonBody } from '../http/json.ts'
import { type CommitReply, SETTLED_HEADER } from '../wire.ts'

export function commitRoutes(openSession: OpenSession, chat: ChatService) {
  return new Hono<AppEnv>().post(
    '/chat/commit',
    textBody(),
    openSession,
    jsonBody(commitRequest),
    async (c) => {
      const { session } = c.var
      const committed = await chat.commit(session, c.req.valid('json').receipts)
      c.header(SETTLED_HEADER, committed.settled.join(','))
      if (committed.kind === 'refused') throw committed.error
      await session.save(committed.conversation)
      return c.json({ status: 'saved' } satisfies CommitReply)
    },
  )
}
