/**
 * The one network client for all Hugging Face protocols: deadlines, retries, bounds, cancellation,
 * no redirects. The protocols are pure and stand beside it. What a refusal means is decided in
 * `upstream-error.ts`, what is done about it in `recovery.ts`.
 */

import { AppError } from '../../errors.ts'
import type { ProtocolName } from '../endpoint.ts'
import type { AnswerOptions, Finish, Message, Model } from '../model.ts'
import { chat } from '../protocols/chat.ts'
import { completion } from '../protocols/completion.ts'
import type { Piece, Protocol } from '../protocols/protocol.ts'
import { textGeneration } from '../protocols/text-generation.ts'
import { type ModelSettings, TURN_TIMEOUTS } from '../settings.ts'
import { parseJson, readAnswer } from './answer-reader.ts'
import { readStart } from './body-text.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { toNetworkError } from './network-error.ts'
import { afterStep, nextStep, type Sent } from './recovery.ts'
import { createRefusalMemory } from './refusal-memory.ts'
import { talksOfTemplates, toModelError, UpstreamError } from './upstream-error.ts'

/** Longest reply, in characters. What follows is cut off, and the reply counts as cut by length. */
export const MAX_REPLY_CHARS = 64_000
/** So much may a model write in all, with an echo of the prompt and reasoning in its text. */
const MAX_WRITTEN_CHARS = 1024 * 1024
/** So much of a refusal's body is read. */
const MAX_ERROR_CHARS = 16 * 1024
/** The first word must come within so many times `TIMEOUT_MS`, retries included. */
const FIRST_TEXT_TIMEOUTS = 2
/** The first wait before another try, where the server names none. */
const RETRY_BASE_MS = 500

const PROTOCOLS: Readonly<Record<ProtocolName, Protocol>> = {
  chat,
  completion,
  'text-generation': textGeneration,
}

/** What a turn asks for. */
interface Question {
  readonly messages: readonly Message[]
  readonly options: AnswerOptions
  readonly deadline: Deadline
}

/**
 * A connection that answered well, with its first words read: from here on nothing is tried again.
 */
interface Opened {
  /** What was sent in the end: fewer entries than asked for, if they were too many. */
  readonly messages: readonly Message[]
  readonly first: IteratorResult<Piece, Finish | null>
  readonly rest: AsyncGenerator<Piece, Finish | null, undefined>
}

/**
 * Connects a Hugging Face router, endpoint, TGI, vLLM, llama.cpp or Ollama server as the app's
 * model.
 *
 * @param retryBaseMs the first wait before another try, where the server names none
 */
export function createHuggingFaceModel(
  settings: ModelSettings,
  retryBaseMs: number = RETRY_BASE_MS,
): Model {
  const { endpoint, timeoutMs } = settings
  const protocol = PROTOCOLS[endpoint.protocol]
  const refusals = createRefusalMemory()
  /**
   * The model's template knows no system role. Learned from what succeeded, for as long as it does.
   */
  let foldsSystem = false

  /** Sends the request and reads up to the first words, trying again where that may help. */
  async function open({ messages, options, deadline }: Question): Promise<Opened> {
    const firstTextBy = Date.now() + FIRST_TEXT_TIMEOUTS * timeoutMs
    const hasFold = endpoint.protocol === 'chat' && messages.some(({ role }) => role === 'system')
    const folded = hasFold && foldsSystem
    let sent: Sent = { messages, folded, mayFold: hasFold, mayShrink: true, retries: 0 }
    for (;;) {
      try {
        const opened = await attempt(sent, options.stream, deadline, firstTextBy)
        refusals.clear()
        if (hasFold) learnFrom(messages, sent.folded)
        return opened
      } catch (thrown) {
        const error = toFailure(thrown, deadline, options.signal)
        if (!(error instanceof UpstreamError)) throw error
        const remainingMs = firstTextBy - Date.now()
        const step = nextStep(error, sent, { remainingMs, baseMs: retryBaseMs })
        if (step.kind === 'give_up') {
          refusals.note(error)
          throw error
        }
        if (step.kind === 'wait') {
          deadline.expect(remainingMs, 'no first text')
          await deadline.pause(step.delayMs)
        }
        sent = afterStep(sent, step)
        options.onRetry?.()
      }
    }
  }

  /**
   * Learns where the system prompt goes. Words of an error prove nothing: they may be a visitor's,
   * repeated by the server. A success that follows such words proves nothing either.
   */
  function learnFrom(asked: readonly Message[], folded: boolean): void {
    if (!folded) foldsSystem = false
    else if (!talksOfTemplates(asked)) foldsSystem = true
  }

  async function attempt(
    { messages, folded }: Sent,
    stream: boolean,
    deadline: Deadline,
    firstTextBy: number,
  ): Promise<Opened> {
    const expect = (detail: string): void =>
      deadline.expect(Math.min(timeoutMs, firstTextBy - Date.now()), detail)
    expect('no headers')
    const request = protocol.buildRequest(messages, { ...settings, stream, foldsSystem: folded })
    const url = protocol.toUrl(endpoint.url, stream)
    const response = await post(settings, url, request, deadline.signal)
    if (!response.ok) {
      const body = parseJson(await readStart(response, MAX_ERROR_CHARS))
      const model = 'model' in request ? settings.model : null
      throw toModelError(response.status, response.headers, body, { model, messages })
    }
    expect('no first text')
    const rest = readAnswer(response, protocol)
    for (;;) {
      const first = await rest.next()
      if (first.done || first.value.text !== '') return { messages, first, rest }
      // A model that reasons is alive, though it has not said a word of its reply.
      deadline.expect(timeoutMs, 'no text after reasoning')
    }
  }

  async function* converse(question: Question): AsyncGenerator<string, Finish, undefined> {
    const { deadline, options } = question
    const { messages, first, rest } = await open(question)
    const filter = protocol.createFilter(messages)
    let room = MAX_REPLY_CHARS
    let written = 0
    let blank = true
    /** What may go to the reader. While the reader has it, the model is not waited for. */
    const take = (ready: string): string => {
      const piece = ready.slice(0, room)
      room -= piece.length
      blank &&= piece.trim() === ''
      if (piece !== '') deadline.rest()
      return piece
    }
    let next = first
    try {
      while (!next.done && !filter.done && room > 0 && written < MAX_WRITTEN_CHARS) {
        written += next.value.text.length
        const piece = take(filter.push(next.value.text))
        if (piece !== '') yield piece
        if (filter.done || room === 0) break
        deadline.expect(timeoutMs, 'no further text')
        next = await rest.next()
      }
      const last = take(filter.end())
      if (last !== '') yield last
      if (blank) throw new AppError('model_empty', { detail: 'the reply is empty' })
      return filter.done ? 'stop' : finishOf(next)
    } catch (thrown) {
      const error = toFailure(thrown, deadline, options.signal)
      const last = take(filter.end())
      if (last !== '' && !options.signal.aborted) yield last
      throw error instanceof UpstreamError && error.kind === 'network'
        ? new AppError('model_interrupted', { detail: error.detail })
        : error
    } finally {
      // Closes the connection on every way out, also when the visitor's side stopped reading.
      await rest.return(null).catch(() => {})
    }
  }

  return {
    name: settings.model,
    async *answer(messages: readonly Message[], options: AnswerOptions) {
      const refusal = refusals.recall()
      if (refusal) throw refusal
      const deadline = createDeadline(options.signal, TURN_TIMEOUTS * timeoutMs)
      try {
        return yield* converse({ messages, options, deadline })
      } finally {
        deadline.clear()
      }
    },
  }
}

/** How a reply ended that was read so far; one that was not read to its end is cut by length. */
function finishOf(last: IteratorResult<Piece, Finish | null>): Finish {
  if (!last.done) return 'length'
  if (last.value !== null) return last.value
  throw new AppError('model_interrupted', { detail: 'the stream has no end' })
}

/**
 * Asks the model server. Throws an `UpstreamError` of kind `network` when there is no connection.
 */
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
    // Followed, a redirect would carry the prompt to another host. `error` throws on Workers, so we
    // look at the status.
    redirect: 'manual',
    signal,
  }).catch((thrown: unknown) => {
    throw toNetworkError(thrown)
  })
}

/**
 * A visitor's leaving and a limit of ours break the connection too: then their reason is what
 * counts. What the server said last does not matter to a visitor who left.
 */
function toFailure(thrown: unknown, { signal }: Deadline, visitor: AbortSignal): unknown {
  const isBroken = thrown instanceof UpstreamError && thrown.kind === 'network'
  return visitor.aborted || (isBroken && signal.aborted) ? signal.reason : thrown
}
