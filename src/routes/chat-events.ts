/** `POST /chat` with `Accept: text/event-stream`: the reply as events, while it grows. */

import type { ChatRequest } from '../conversation/input.ts'
import { AppError } from '../errors.ts'
import { EVENT_STREAM_HEADERS, eventStream } from '../http/event-stream.ts'
import { begin, type ChatContext, type ChatDeps } from './chat-turn.ts'

/** A failure within this time is answered with its status; a later one is an event. */
const HEADERS_AFTER_MS = 400

export async function answerEvents(
  c: ChatContext,
  deps: ChatDeps,
  request: ChatRequest,
): Promise<Response> {
  const begun = await begin(c, deps, { ...request, streamed: true })
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
  const events = eventStream(begun.events({ html: request.wantsHtml }), {
    limitMs: deps.streamLimitMs,
    onLeave: () => begun.stop(new AppError('visitor_left')),
  })
  return c.body(events, 200, EVENT_STREAM_HEADERS)
}
