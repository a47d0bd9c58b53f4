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
import { mergeReceipts, type Receipts } from '../conversation/receipt.ts'
import { type RunningTurn, startTurn } from '../conversation/running-turn.ts'
import {
  countTurns,
  lastTurnId,
  newTurnId,
  replaceTurn,
  type SessionState,
} from '../conversation/state.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import { createTurnEvents } from '../conversation/turn-events.ts'
import { logTurn, type TurnLogFields } from '../conversation/turn-log.ts'
import { turnsNeeded } from '../conversation/window.ts'
import { AppError, toWire } from '../errors.ts'
import { isForm } from '../http/answer-error.tsx'
import type { BodyEnv } from '../http/body.ts'
import { EVENT_STREAM_HEADERS, eventStream } from '../http/event-stream.ts'
import { readJson } from '../http/json.ts'
import type { SessionEnv } from '../http/session.ts'
import type { Log } from '../log.ts'
import { createMarkdownStream } from '../markdown/stream.ts'
import type { Model } from '../model/model.ts'
import { TURN_TIMEOUTS } from '../model/settings.ts'
import { type ChatEvent, type ChatReply, SETTLED_HEADER } from '../wire.ts'
import { isCookieless, type PageDeps, renderChatPage } from './page.tsx'

type ChatEnv = {
  Variables: SessionEnv['Variables'] & BodyEnv['Variables'] & RequestIdVariables
}

export interface ChatDeps extends PageDeps {
  readonly systemPrompt: string
  /** Newest messages sent to the model. */
  readonly maxTurns: number
  /** Longest wait for the model; a turn takes at most `TURN_TIMEOUTS` times as long. */
  readonly timeoutMs: number
  readonly model: Model
  readonly receipts: Receipts
  readonly log: Log
  /** Aborts when turns that are still open must end now. */
  readonly stopping?: AbortSignal
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
/** A visitor still gets the end of a turn that took as long as it may. */
const READ_MS = 5000
/** After this long another process should answer. */
const RESTART_SECONDS = 2

export function chatRoutes(deps: ChatDeps): Hono<ChatEnv> {
  const { systemPrompt, maxTurns, timeoutMs, model, receipts, log, stopping } = deps
  const running = new Set<RunningTurn>()
  stopping?.addEventListener('abort', () => {
    for (const turn of running) turn.stop(shuttingDown())
  })

  async function open(c: Context<ChatEnv>, body: unknown): Promise<Opening> {
    const message = parseMessage(body)
    const replacesLast = parseReplaces(body)
    const tokens = parseReceipts(body)
    const { state, archive } = c.var.session
    const merged = await mergeReceipts(state, tokens, receipts, archive)
    if (tokens.length > 0) c.header(SETTLED_HEADER, merged.settled.join(','))
    const replaces = replacesLast ? lastTurnId(merged.state) : ''
    return { state: merged.state, message, replaces }
  }

  /** Starts a turn that ends when its visitor leaves or the process stops. */
  async function begin(
    c: Context<ChatEnv>,
    { state, message, replaces }: Opening,
    stream: boolean,
  ): Promise<RunningTurn> {
    if (stopping?.aborted) throw shuttingDown()
    const end = countTurns(state) - (replaces === '' ? 0 : 1)
    const { turns } = await c.var.session.archive.read(state, end - turnsNeeded(maxTurns), end)
    const turn = startTurn(turns, message, { model, systemPrompt, maxTurns, stream })
    running.add(turn)
    void turn.ended.then(() => running.delete(turn))
    endWithVisitor(turn, c.req.raw.signal)
    return turn
  }

  function fieldsOf(c: Context<ChatEnv>, { message }: Opening, streamed: boolean): TurnLogFields {
    const { requestId } = c.var
    const { storeOperations } = c.var.session
    return { requestId, streamed, charsIn: message.length, storeOperations }
  }

  /**
   * The turn with its reply, after the cookie has been told of the turn. A turn that fails leaves
   * the session as it was.
   */
  async function reply(c: Context<ChatEnv>, opening: Opening): Promise<SavedTurn> {
    const id = newTurnId(Date.now(), opening.state)
    const turn = await begin(c, opening, false)
    const outcome = await turn.ended
    try {
      if (outcome.kind === 'failed') throw outcome.error
      const { user, assistant } = outcome.turn
      const saved = { id, user, assistant, stopped: false }
      await c.var.session.save(withTurn(opening, saved))
      logTurn(log, fieldsOf(c, opening, false), turn)
      return saved
    } catch (error) {
      logTurn(log, fieldsOf(c, opening, false), turn, error)
      throw error
    }
  }

  async function stream(c: Context<ChatEnv>, opening: Opening, html: boolean): Promise<Response> {
    const { state, message, replaces } = opening
    const id = newTurnId(Date.now(), state)
    const turn = await begin(c, opening, true)
    void turn.ended.then(() => logTurn(log, fieldsOf(c, opening, true), turn))
    try {
      await turn.arrival(HEADERS_AFTER_MS)
      if (turn.outcome?.kind === 'failed' && turn.said() === '') throw turn.outcome.error
      // Once the headers have left no cookie can be set: the receipt needs a session to belong to.
      if (c.var.session.isNew || state !== c.var.session.state) await c.var.session.save(state)
    } catch (error) {
      turn.stop(new AppError('internal', { cause: error }))
      throw error
    }
    const source = createTurnEvents(turn, {
      issue: (assistant, stopped) =>
        receipts.issue({
          sessionId: state.id,
          turn: { id, user: message, assistant, stopped },
          replaces,
        }),
      renderer: html ? createMarkdownStream() : null,
      fail: toErrorEvent,
    })
    const body = eventStream(source, {
      limitMs: TURN_TIMEOUTS * timeoutMs + READ_MS,
      onLeave: () => turn.stop(new AppError('visitor_left')),
    })
    return c.body(body, 200, EVENT_STREAM_HEADERS)
  }

  return new Hono<ChatEnv>().post('/chat', async (c) => {
    if (!isForm(c)) {
      const body = readJson(c)
      const opening = await open(c, body)
      const wantsEvents = (c.req.header('Accept') ?? '').includes('text/event-stream')
      if (wantsEvents) return stream(c, opening, parseWantsHtml(body))
      const { assistant } = await reply(c, opening)
      return c.json({ reply: assistant } satisfies ChatReply)
    }
    const fields = Object.fromEntries(new URLSearchParams(c.var.body))
    try {
      const turn = await reply(c, await open(c, { ...fields, receipts: [] }))
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

/** Leaving is no error: the turn ends, and its line in the log says why. */
function endWithVisitor(turn: RunningTurn, visitor: AbortSignal): void {
  const leave = (): void => turn.stop(new AppError('visitor_left'))
  if (visitor.aborted) leave()
  else visitor.addEventListener('abort', leave, { once: true })
}

function shuttingDown(): AppError {
  return new AppError('shutting_down', { retryAfterSeconds: RESTART_SECONDS })
}

function toErrorEvent(error: unknown, partial: boolean): ChatEvent {
  const { code, sentence, retryAfterSeconds } = toWire(error)
  const retry = retryAfterSeconds === null ? {} : { retryAfter: retryAfterSeconds }
  return { name: 'error', data: { error: sentence, code, ...retry, partial } }
}
