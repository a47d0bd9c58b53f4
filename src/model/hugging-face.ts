/**
 * The one network client for all Hugging Face protocols: deadlines, retries, bounds, cancellation, no redirects. The protocols are
 * pure and stand beside it; what a refusal means is decided in `upstream-error.ts`, whether it is tried again in `retry.ts`.
 */

import type { ProtocolName } from '../endpoint.ts'
import { AppError } from '../errors.ts'
import type { Message } from '../message.ts'
import { readBytes } from '../read-bytes.ts'
import { type ModelSettings, TURN_TIMEOUTS } from '../settings.ts'
import { parseJson, readAnswer } from './answer-reader.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { AnswerOptions, Finish, Model } from './model.ts'
import { chat } from './protocols/chat.ts'
import { completion } from './protocols/completion.ts'
import type { Piece, Protocol } from './protocols/protocol.ts'
import { textGeneration } from './protocols/text-generation.ts'
import { dropOldest, retryDelayMs } from './retry.ts'
import { toModelError, UpstreamError } from './upstream-error.ts'

/** Longest reply, in characters as the model wrote them. What follows is cut off, and the reply counts as cut by length. */
export const MAX_REPLY_CHARS = 64_000
/** So much of a refusal's body is read. */
const MAX_ERROR_BYTES = 16 * 1024
/** So long a refusal that will not heal is answered without asking again. */
const FAIL_FAST_MS = 30_000
/** The first word must come within so many times `TIMEOUT_MS`, retries included. */
const FIRST_TEXT_TIMEOUTS = 2
/** The first wait before another try, where the server names none. */
const RETRY_BASE_MS = 500

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  chat,
  completion,
  'text-generation': textGeneration,
}

/** A connection that answered well, with its first words read: from here on nothing is tried again. */
interface Opened {
  /** What was sent in the end: fewer entries than asked for, if they were too many. */
  readonly messages: readonly Message[]
  readonly first: IteratorResult<Piece, Finish | null>
  readonly rest: AsyncGenerator<Piece, Finish | null, undefined>
}

/**
 * Connects a Hugging Face router, endpoint, TGI, vLLM, llama.cpp or Ollama server as the app's model.
 *
 * @param retryBaseMs the first wait before another try, where the server names none
 */
export function createHuggingFaceModel(
  settings: ModelSettings,
  retryBaseMs: number = RETRY_BASE_MS,
): Model {
  const { endpoint, timeoutMs } = settings
  const protocol = PROTOCOLS[endpoint.protocol]
  /** Learned from a template error; holds as long as the model does. */
  let foldsSystem = false
  let refusal: { readonly error: AppError; readonly until: number } | null = null

  /** Sends the request and reads up to the first words, trying again where that may help. */
  async function open(
    asked: readonly Message[],
    stream: boolean,
    deadline: Deadline,
  ): Promise<Opened> {
    const firstTextBy = Date.now() + FIRST_TEXT_TIMEOUTS * timeoutMs
    let messages = asked
    let retries = 0
    for (;;) {
      try {
        return await attempt(messages, stream, deadline, firstTextBy)
      } catch (thrown) {
        const error = toFailure(thrown, deadline)
        if (!(error instanceof UpstreamError)) throw error
        const fewer =
          error.kind === 'too_long' && messages === asked ? dropOldest(messages, error.said) : null
        if (fewer) messages = fewer
        else if (error.kind === 'template' && endpoint.protocol === 'chat' && !foldsSystem) {
          foldsSystem = true
        } else {
          if (error.kind === 'refused') refusal = { error, until: Date.now() + FAIL_FAST_MS }
          const delay = retryDelayMs(error, retries++, firstTextBy - Date.now(), retryBaseMs)
          if (delay === null) throw error
          deadline.expect(firstTextBy - Date.now(), 'no first text')
          await pause(delay, deadline)
        }
      }
    }
  }

  async function attempt(
    messages: readonly Message[],
    stream: boolean,
    deadline: Deadline,
    firstTextBy: number,
  ): Promise<Opened> {
    const expect = (detail: string): void =>
      deadline.expect(Math.min(timeoutMs, firstTextBy - Date.now()), detail)
    expect('no headers')
    const request = protocol.buildRequest(messages, { ...settings, stream, foldsSystem })
    const response = await post(
      settings,
      protocol.toUrl(endpoint.url, stream),
      request,
      deadline.signal,
    )
    if (!response.ok) throw await toRefusal(response)
    expect('no first text')
    const rest = readAnswer(response, protocol)
    for (;;) {
      const first = await rest.next()
      if (first.done || first.value.text !== '') return { messages, first, rest }
      // A model that reasons is alive, though it has not said a word of its reply.
      if (first.value.reasons) deadline.expect(timeoutMs, 'no text after reasoning')
    }
  }

  async function* converse(
    asked: readonly Message[],
    stream: boolean,
    deadline: Deadline,
  ): AsyncGenerator<string, Finish, undefined> {
    const { messages, first, rest } = await open(asked, stream, deadline)
    const filter = protocol.createFilter(messages)
    let blank = true
    let chars = 0
    let next = first
    try {
      while (!next.done && !filter.done && chars < MAX_REPLY_CHARS) {
        const { text, reasons } = next.value
        const piece = filter.push(text.slice(0, MAX_REPLY_CHARS - chars))
        chars += text.length
        blank &&= piece.trim() === ''
        if (piece !== '') yield piece
        if (text !== '' || reasons) deadline.expect(timeoutMs, 'no further text')
        if (!filter.done && chars < MAX_REPLY_CHARS) next = await rest.next()
      }
      const last = filter.end()
      blank &&= last.trim() === ''
      if (last !== '') yield last
      if (blank) throw new AppError('model_empty', { detail: 'the reply is empty' })
      if (filter.done) return 'stop'
      if (!next.done) return 'length'
      if (next.value === null) {
        throw new AppError('model_interrupted', { detail: 'the stream has no end' })
      }
      return next.value
    } catch (thrown) {
      const error = toFailure(thrown, deadline)
      const last = filter.end()
      if (error instanceof AppError && last !== '') yield last
      const broke = error instanceof UpstreamError && error.kind === 'network'
      throw broke
        ? new AppError('model_interrupted', { detail: error.detail, cause: thrown })
        : error
    } finally {
      // Closes the connection on every way out, also when the visitor's side stopped reading.
      await rest.return(null).catch(() => {})
    }
  }

  return {
    name: settings.model,
    async *answer(messages: readonly Message[], { signal, stream }: AnswerOptions) {
      if (refusal && Date.now() < refusal.until) throw refusal.error
      const deadline = createDeadline(signal, TURN_TIMEOUTS * timeoutMs)
      try {
        return yield* converse(messages, stream, deadline)
      } finally {
        deadline.clear()
      }
    },
  }
}

async function post(
  { token }: ModelSettings,
  url: string,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: body['stream'] === true ? 'text/event-stream, application/json' : 'application/json',
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    // Followed, a redirect would carry the prompt to another host. `error` throws on Workers, so we look at the status.
    redirect: 'manual',
    signal,
  })
}

/** Reads what a refusal says, as far as that is worth it; the rest is cancelled. */
async function toRefusal(response: Response): Promise<UpstreamError> {
  const bytes = await readBytes(response.body, MAX_ERROR_BYTES)
  const text = bytes ? new TextDecoder().decode(bytes) : ''
  return toModelError(response.status, response.headers, parseJson(text))
}

/** Tells the visitor's leaving, a limit of ours and the network's failure apart: `fetch` rejects for all three. */
function toFailure(thrown: unknown, deadline: Deadline): unknown {
  if (thrown instanceof AppError) return thrown
  return deadline.reason() ?? new UpstreamError('network', String(rootCause(thrown)))
}

function rootCause(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootCause(error.cause) : error
}

/** Waits before another try; a limit or the visitor's leaving ends the wait. */
function pause(delayMs: number, deadline: Deadline): Promise<void> {
  return new Promise((resolve, reject) => {
    if (deadline.signal.aborted) {
      reject(deadline.reason())
      return
    }
    const timer = setTimeout(resolve, delayMs)
    const stop = (): void => {
      clearTimeout(timer)
      reject(deadline.reason())
    }
    deadline.signal.addEventListener('abort', stop, { once: true })
  })
}
