/**
 * `POST /chat`: one message in, one reply out; as JSON, as events, or as the page's form when there
 * is no script.
 */

import type { Context } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { Hono } from 'hono/tiny'
import {
  parseMessage,
  parseReceipts,
  parseReplaces,
  parseWantsHtml,
} from '../conversation/input.ts'
import type { Begun, ChatService } from '../conversation/service.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import { AppError, toWire } from '../errors.ts'
import { isForm } from '../http/answer-error.tsx'
import type { BodyEnv } from '../http/body.ts'
import { EVENT_STREAM_HEADERS, eventStream } from '../http/event-stream.ts'
import { readJson } from '../http/json.ts'
import type { SessionEnv } from '../http/session.ts'
import { type ChatReply, SETTLED_HEADER } from '../wire.ts'
import { isCookieless, type PageDeps, renderChatPage } from './page.tsx'

type ChatEnv = {
  Variables: SessionEnv['Variables'] & BodyEnv['Variables'] & RequestIdVariables
}

export interface ChatDeps extends PageDeps {
  readonly chat: ChatService
  /** A reader who has not read a streamed turn after so long is cut off, in milliseconds. */
  readonly streamLimitMs: number
}

/** A failure within this time is answered with its status; a later one is an event. */
const HEADERS_AFTER_MS = 400

export function chatRoutes(deps: ChatDeps): Hono<ChatEnv> {
  const { chat, streamLimitMs } = deps

  async function begin(c: Context<ChatEnv>, body: unknown, streamed: boolean): Promise<Begun> {
    const message = parseMessage(body)
    const replacesLast = parseReplaces(body)
    const receipts = parseReceipts(body)
    const { requestId, session } = c.var
    const visitor = c.req.raw.signal
    const request = { message, receipts, replacesLast, streamed, requestId, visitor }
    const begun = await chat.begin(session, request)
    if (receipts.length > 0) c.header(SETTLED_HEADER, begun.settled.join(','))
    return begun
  }

  async function reply(c: Context<ChatEnv>, body: unknown): Promise<SavedTurn> {
    const begun = await begin(c, body, false)
    const finished = await begun.finish(c.var.session.save)
    if (finished.kind === 'failed') throw finished.error
    return finished.turn
  }

  async function stream(c: Context<ChatEnv>, body: unknown): Promise<Response> {
    const html = parseWantsHtml(body)
    const begun = await begin(c, body, true)
    const { isNew, save } = c.var.session
    try {
      const failure = await begun.earlyFailure(HEADERS_AFTER_MS)
      if (failure.kind === 'failed') throw failure.error
      // No cookie can be set once the headers have left: the receipt needs a session to belong to.
      if (isNew || begun.changed) await save(begun.conversation)
    } catch (error) {
      begun.stop(new AppError('internal', { cause: error }))
      throw error
    }
    const onLeave = (): void => begun.stop(new AppError('visitor_left'))
    const events = eventStream(begun.events({ html }), { limitMs: streamLimitMs, onLeave })
    return c.body(events, 200, EVENT_STREAM_HEADERS)
  }

  async function answerForm(c: Context<ChatEnv>): Promise<Response> {
    const fields = Object.fromEntries(new URLSearchParams(c.var.body))
    try {
      const turn = await reply(c, { ...fields, receipts: [] })
      // Behind a redirect a browser that keeps no cookie would not find the reply.
      return isCookieless(c) ? renderChatPage(c, deps, { turn }) : c.redirect('/', 303)
    } catch (error) {
      if (!(error instanceof Error) || c.req.raw.signal.aborted) throw error
      c.error = error
      const { status, sentence, retryAfterSeconds } = toWire(error)
      if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
      // Without a script nothing but the box remembers the text.
      const failed = { text: fields['message'] ?? '', sentence }
      return renderChatPage(c, deps, { failed }, status)
    }
  }

  return new Hono<ChatEnv>().post('/chat', async (c) => {
    if (isForm(c)) return answerForm(c)
    const body = readJson(c)
    const wantsEvents = (c.req.header('Accept') ?? '').includes('text/event-stream')
    if (wantsEvents) return stream(c, body)
    const { assistant } = await reply(c, body)
    return c.json({ reply: assistant } satisfies ChatReply)
  })
}
