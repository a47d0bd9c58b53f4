/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono/tiny'
import { parseReceipts } from '../conversation/input.ts'
import type { ChatService } from '../conversation/service.ts'
import type { BodyEnv } from '../http/body.ts'
import { readJson } from '../http/json.ts'
import type { SessionEnv } from '../http/session.ts'
import { type CommitReply, SETTLED_HEADER } from '../wire.ts'

type CommitEnv = { Variables: SessionEnv['Variables'] & BodyEnv['Variables'] }

export function commitRoutes(chat: ChatService): Hono<CommitEnv> {
  return new Hono<CommitEnv>().post('/chat/commit', async (c) => {
    const committed = await chat.commit(c.var.session, parseReceipts(readJson(c)))
    c.header(SETTLED_HEADER, committed.settled.join(','))
    if (committed.kind === 'refused') throw committed.error
    await c.var.session.save(committed.conversation)
    return c.json({ status: 'saved' } satisfies CommitReply)
  })
}
