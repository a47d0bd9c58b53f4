/** `POST /chat`: one message in, one reply out; as JSON, as events, or as the page's form when there is no script. */

import type { Context } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { Hono } from 'hono/tiny'
import {
  parseMessage,
  parseReceipts,
  parseReplaces,
  parseWantsHtml,
} from '../conversation/input.ts'
import { finishTurn, takeTurn } from '../conversation/turn.ts'
import { turnsNeeded } from '../conversation/window.ts'
import { toWire } from '../errors.ts'
import type { Log } from '../log.ts'
import type { SavedTurn } from '../message.ts'
import type { BodyEnv } from '../middleware/body.ts'
import { errorFields } from '../middleware/request-log.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Model } from '../model/model.ts'
import type { Archive } from '../session/archive.ts'
import { mergeReceipts, type Receipts } from '../session/receipt.ts'
import {
  countTurns,
  lastTurnId,
  newTurnId,
  replaceTurn,
  type SessionState,
} from '../session/state.ts'
import type { Settings } from '../settings.ts'
import { createMarkdownStream } from '../ui/markdown-stream.ts'
import { type ChatReply, SETTLED_HEADER } from '../wire.ts'
import { within } from '../within.ts'
import { isForm } from './error.tsx'
import { EVENT_STREAM_HEADERS, eventStream } from './event-stream.ts'
import { readJson } from './json.ts'
import { renderChatPage } from './page.tsx'
import { turnEvents } from './turn-events.ts'

type ChatEnv = {
  Variables: SessionEnv['Variables'] & BodyEnv['Variables'] & RequestIdVariables
}

export interface ChatDeps {
  readonly settings: Settings
  readonly model: Model
  readonly archive: Archive
  readonly receipts: Receipts
  readonly log: Log
}

/** What a turn begins with. */
interface Opening {
  /** The conversation as it is before the turn, receipts that came along included. */
  readonly state: SessionState
  readonly message: string
  /** The turn whose place the new one takes; empty when it comes after all others. */
  readonly replaces: string
}

/** A failure within this time is answered with its status; after it the stream begins, and failures are events. */
const HEADERS_AFTER_MS = 400

export function chatRoutes(deps: ChatDeps): Hono<ChatEnv> {
  const { settings, model, archive, receipts, log } = deps
  const { systemPrompt, maxTurns } = settings

  async function open(c: Context<ChatEnv>, body: unknown): Promise<Opening> {
    const message = parseMessage(body)
    const replacesLast = parseReplaces(body)
    const tokens = parseReceipts(body)
    const merged = await mergeReceipts(c.var.session.state, tokens, receipts, archive)
    if (tokens.length > 0) c.header(SETTLED_HEADER, merged.settled.join(','))
    const replaces = replacesLast ? lastTurnId(merged.state) : ''
    return { state: merged.state, message, replaces }
  }

  async function begin(
    { state, message, replaces }: Opening,
    stream: boolean,
    signal: AbortSignal,
  ) {
    const end = countTurns(state) - (replaces === '' ? 0 : 1)
    const { turns } = await archive.read(state, end - turnsNeeded(maxTurns), end)
    return takeTurn(turns, message, stream, { model, systemPrompt, maxTurns, signal })
  }

  /** The reply, after the cookie has been told of the turn. A turn that fails leaves the session as it was. */
  async function reply(c: Context<ChatEnv>, opening: Opening): Promise<string> {
    const id = newTurnId(Date.now(), opening.state)
    const turn = await begin(opening, false, c.req.raw.signal)
    const { user, assistant } = await finishTurn(turn)
    await c.var.session.save(withTurn(opening, { id, user, assistant, stopped: false }))
    return assistant
  }

  async function stream(c: Context<ChatEnv>, opening: Opening, html: boolean): Promise<Response> {
    const { state, message, replaces } = opening
    const id = newTurnId(Date.now(), state)
    const left = new AbortController()
    const signal = AbortSignal.any([c.req.raw.signal, left.signal])
    const turn = await begin(opening, true, signal)
    const first = turn.next()
    // An early failure is thrown here; a late one is for the stream.
    await within<unknown, void>(HEADERS_AFTER_MS, first, () => {})
    // Once the headers have left no cookie can be set: the receipt needs a session to belong to.
    if (c.var.session.isNew || state !== c.var.session.state) await c.var.session.save(state)
    const events = turnEvents(turn, first, {
      issue: (assistant, stopped) =>
        receipts.issue({
          sessionId: state.id,
          turn: { id, user: message, assistant, stopped },
          replaces,
        }),
      renderer: html ? createMarkdownStream() : null,
      fail: (error, partial) => {
        if (signal.aborted) return null
        const { code, sentence, retryAfterSeconds } = toWire(error)
        log('error', 'turn_failed', { requestId: c.var.requestId, ...errorFields(error) })
        const retry = retryAfterSeconds === null ? {} : { retryAfter: retryAfterSeconds }
        return { name: 'error', data: { error: sentence, code, ...retry, partial } }
      },
    })
    const bytes = eventStream(events, () => left.abort())
    return c.body(bytes, 200, EVENT_STREAM_HEADERS)
  }

  return new Hono<ChatEnv>().post('/chat', async (c) => {
    if (!isForm(c)) {
      const body = readJson(c)
      const opening = await open(c, body)
      const wantsEvents = (c.req.header('Accept') ?? '').includes('text/event-stream')
      if (wantsEvents) return stream(c, opening, parseWantsHtml(body))
      return c.json({ reply: await reply(c, opening) } satisfies ChatReply)
    }
    const fields = Object.fromEntries(new URLSearchParams(c.var.body))
    try {
      await reply(c, await open(c, { ...fields, receipts: [] }))
      return c.redirect('/', 303)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      c.error = error
      const { status, sentence, retryAfterSeconds } = toWire(error)
      if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
      // Without a script nothing but the box remembers the text.
      const failed = { text: fields['message'] ?? '', sentence }
      return renderChatPage(c, deps, failed, status)
    }
  })
}

/**
 * The conversation after a turn that was never anywhere else: it is added whatever the clocks of other machines have put into the
 * ids.
 */
function withTurn({ state, replaces }: Opening, turn: SavedTurn): SessionState {
  if (replaces !== '') return replaceTurn(state, replaces, turn)
  return { ...state, turns: [...state.turns, turn] }
}
