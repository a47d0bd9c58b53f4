/** `POST /chat`: one message in, one reply out; as JSON, as events, or as the page's form when there is no script. */

import { type Context, Hono } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { parseMessage, parseReceipts } from '../conversation/input.ts'
import { type FinishedTurn, finishTurn, takeTurn } from '../conversation/turn.ts'
import { toWire } from '../errors.ts'
import type { Log } from '../log.ts'
import type { BodyEnv } from '../middleware/body.ts'
import { errorFields } from '../middleware/request-log.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Model } from '../model/model.ts'
import { mergeReceipts, type Receipts } from '../session/receipt.ts'
import { newTurnId, type SessionState } from '../session/state.ts'
import type { Settings } from '../settings.ts'
import { ChatPage } from '../ui/chat-page.tsx'
import { type ChatReply, FORGOTTEN_HEADER } from '../wire.ts'
import { isForm } from './error.tsx'
import { type ChatEvent, EVENT_STREAM_HEADERS, eventStream } from './event-stream.ts'
import { readJson } from './json.ts'

type ChatEnv = {
  Variables: SessionEnv['Variables'] & BodyEnv['Variables'] & RequestIdVariables
}

export interface ChatDeps {
  readonly settings: Settings
  readonly model: Model
  readonly receipts: Receipts
  readonly log: Log
}

/** A failure within this time is answered with its status; after it the stream begins, and failures are events. */
const HEADERS_AFTER_MS = 400

export function chatRoutes({ settings, model, receipts, log }: ChatDeps): Hono<ChatEnv> {
  const { systemPrompt, maxTurns } = settings
  const begin = (state: SessionState, message: string, stream: boolean, signal: AbortSignal) =>
    takeTurn(state.turns, message, stream, { model, systemPrompt, maxTurns, signal })

  /** The reply, after the cookie has been told of the turn. A turn that fails leaves the session as it was. */
  async function reply(c: Context<ChatEnv>, state: SessionState, message: string): Promise<string> {
    const id = newTurnId(Date.now())
    const { user, assistant } = await finishTurn(begin(state, message, false, c.req.raw.signal))
    // This turn was never anywhere else, so it is added whatever the clocks of other machines have put into the ids.
    const turns = [...state.turns, { id, user, assistant }]
    const saved = await c.var.session.save({ ...state, turns })
    if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
    return assistant
  }

  async function stream(
    c: Context<ChatEnv>,
    state: SessionState,
    message: string,
  ): Promise<Response> {
    const id = newTurnId(Date.now())
    const left = new AbortController()
    const signal = AbortSignal.any([c.req.raw.signal, left.signal])
    const turn = begin(state, message, true, signal)
    const first = turn.next()
    await settled(first, HEADERS_AFTER_MS)
    // Once the headers have left no cookie can be set: the receipt needs a session to belong to.
    if (c.var.session.isNew || state !== c.var.session.state) await c.var.session.save(state)
    const issue = ({ user, assistant }: FinishedTurn) =>
      receipts.issue({ sessionId: state.id, turn: { id, user, assistant } })
    const fail = (error: unknown, partial: boolean): ChatEvent => {
      const { code, sentence, retryAfterSeconds } = toWire(error)
      log('error', 'turn_failed', { requestId: c.var.requestId, ...errorFields(error) })
      const retry = retryAfterSeconds === null ? {} : { retryAfter: retryAfterSeconds }
      return { name: 'error', data: { error: sentence, code, ...retry, partial } }
    }
    const events = toEvents(turn, first, issue, fail, signal)
    for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) c.header(name, value)
    return c.body(eventStream(events, () => left.abort()))
  }

  return new Hono<ChatEnv>().post('/chat', async (c) => {
    const { session } = c.var
    if (!isForm(c)) {
      const body = readJson(c)
      const message = parseMessage(body)
      const { state } = await mergeReceipts(session.state, parseReceipts(body), receipts)
      const wantsEvents = (c.req.header('Accept') ?? '').includes('text/event-stream')
      if (wantsEvents) return stream(c, state, message)
      return c.json({ reply: await reply(c, state, message) } satisfies ChatReply)
    }
    const text = new URLSearchParams(c.var.body).get('message') ?? ''
    try {
      await reply(c, session.state, parseMessage({ message: text }))
      return c.redirect('/', 303)
    } catch (error) {
      // The page comes back with the text in the box: without a script nothing else would remember it.
      c.error = error instanceof Error ? error : new Error(String(error))
      const { status, sentence, retryAfterSeconds } = toWire(error)
      if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
      const failed = { text, sentence }
      const page = <ChatPage settings={settings} conversation={session.state} failed={failed} />
      return c.html(page, status)
    }
  })
}

/** Waits for the first piece, so that an early failure is thrown here; a late one is for the stream. */
async function settled(first: Promise<unknown>, waitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  try {
    await Promise.race([first, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The turn as events. Never throws; a visitor who has left gets none. */
async function* toEvents(
  turn: AsyncGenerator<string, FinishedTurn, undefined>,
  first: Promise<IteratorResult<string, FinishedTurn>>,
  issue: (turn: FinishedTurn) => Promise<string>,
  fail: (error: unknown, partial: boolean) => ChatEvent,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  let partial = false
  try {
    let next = await first
    for (; !next.done; next = await turn.next()) {
      partial = true
      yield { name: 'token', data: { text: next.value } }
    }
    const receipt = await issue(next.value)
    const { assistant: reply, finish } = next.value
    yield { name: 'done', data: { reply, receipt, finish } }
  } catch (error) {
    if (!signal.aborted) yield fail(error, partial)
  }
}
