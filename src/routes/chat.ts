/**
 * `POST /chat`: one message in, one reply out. As JSON it comes in one piece; `chat-events.ts`
 * tells it as it grows, `chat-form.tsx` answers the page's form when there is no script.
 */

import { Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import { parseChatRequest } from '../conversation/input.ts'
import { textBody } from '../http/body.ts'
import { readJson } from '../http/json.ts'
import { isForm, wantsEvents } from '../http/negotiate.ts'
import type { ChatReply } from '../wire.ts'
import { answerEvents } from './chat-events.ts'
import { answerForm } from './chat-form.tsx'
import { type ChatDeps, reply } from './chat-turn.ts'

export function chatRoutes(openSession: OpenSession, deps: ChatDeps) {
  return new Hono<AppEnv>().post('/chat', textBody(), openSession, async (c) => {
    if (isForm(c)) return answerForm(c, deps)
    const request = parseChatRequest(readJson(c))
    if (wantsEvents(c)) return answerEvents(c, deps, request)
    const { assistant } = await reply(c, deps, request)
    return c.json({ reply: assistant } satisfies ChatReply)
  })
}
