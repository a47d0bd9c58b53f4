/** `POST /chat`: one message in, one reply out; as JSON, or as the page's form when there is no script. */

import { type Context, Hono } from 'hono'
import { parseMessage } from '../conversation/input.ts'
import { takeTurn } from '../conversation/turn.ts'
import { AppError, toWire } from '../errors.ts'
import type { BodyEnv } from '../middleware/body.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Model } from '../model/model.ts'
import type { Settings } from '../settings.ts'
import { ChatPage } from '../ui/chat-page.tsx'
import { type ChatReply, FORGOTTEN_HEADER } from '../wire.ts'
import { isForm, mediaType } from './error.tsx'

type ChatEnv = { Variables: SessionEnv['Variables'] & BodyEnv['Variables'] }

export function chatRoutes(settings: Settings, model: Model): Hono<ChatEnv> {
  /** The reply, after the cookie has been told of the turn. A turn that fails leaves the session as it was. */
  async function converse(c: Context<ChatEnv>, message: string): Promise<string> {
    const { session } = c.var
    const { systemPrompt, maxTurns } = settings
    const signal = c.req.raw.signal
    const turn = await takeTurn(session.state.turns, message, {
      model,
      systemPrompt,
      maxTurns,
      signal,
    })
    const saved = await session.save({ ...session.state, turns: [...session.state.turns, turn] })
    if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
    return turn.assistant
  }

  return new Hono<ChatEnv>().post('/chat', async (c) => {
    if (!isForm(c)) {
      if (mediaType(c) !== 'application/json') throw new AppError('unsupported_media_type')
      const reply = await converse(c, parseMessage(parseJson(c.var.body)))
      return c.json({ reply } satisfies ChatReply)
    }
    const text = new URLSearchParams(c.var.body).get('message') ?? ''
    try {
      await converse(c, parseMessage({ message: text }))
      return c.redirect('/', 303)
    } catch (error) {
      // The page comes back with the text in the box: without a script nothing else would remember it.
      c.error = error instanceof Error ? error : new Error(String(error))
      const { status, sentence, retryAfterSeconds } = toWire(error)
      if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
      const failed = { text, sentence }
      return c.html(
        <ChatPage settings={settings} conversation={c.var.session.state} failed={failed} />,
        status,
      )
    }
  })
}

function parseJson(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body)
    return parsed
  } catch (cause) {
    throw new AppError('bad_request', { detail: 'the body is not JSON', cause })
  }
}
