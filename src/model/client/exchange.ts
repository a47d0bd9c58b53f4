/**
 * One turn's exchange with the model server: asks, and asks again where that may help, until the
 * first word has come. From there on nothing is tried again.
 *
 *     send ──► headers ──► reasoning … ──► first word ──► words … ──► end
 *      ▲          │            │               │
 *      └──────────┴────────────┘               └── the server's habits are learned
 *        a failure: the step that `recovery.ts` says
 */

import { AppError } from '../../errors.ts'
import type { AnswerOptions, Message, Usage } from '../model.ts'
import type { Piece } from '../protocols/protocol.ts'
import type { Answer, AnswerEnd } from './answer.ts'
import { readAnswer } from './answer-reader.ts'
import type { Deadline } from './deadline.ts'
import type { Habits } from './habits.ts'
import { afterStep, nextStep, type Sent } from './recovery.ts'
import type { RefusalMemory } from './refusal-memory.ts'
import { type Server, send } from './send.ts'
import { UpstreamError } from './upstream-error.ts'

/** The first word must come within so many times `TIMEOUT_MS`, retries included. */
const FIRST_TEXT_TIMEOUTS = 2
/** A model's id as the field writes them; whatever else a server says there is not passed on. */
const PLAIN_ID = /^[\w./:@+-]{1,100}$/

/** What is known of the server from other turns. */
export interface Experience {
  readonly refusals: RefusalMemory
  readonly habits: Habits
  /** The first wait before another try, where the server names none. */
  readonly retryBaseMs: number
}

/** What a turn asks for. */
export interface Question {
  readonly messages: readonly Message[]
  readonly options: AnswerOptions
  readonly deadline: Deadline
}

export interface Exchange {
  /** What was sent last: fewer entries than asked for, if they were too many. */
  readonly messages: readonly Message[]
  /** The id that the server gives the model; null when it gives none that is plain. */
  readonly speaker: string | null
  /** What the server counted so far; null when it did not say. */
  readonly usage: Usage | null
  /**
   * The next piece of the answer, or its end. The model's time runs only while this is waited for.
   *
   * @throws AppError when there is none and nothing more is tried; the signal's reason when that
   *   was aborted
   */
  next(): Promise<IteratorResult<Piece, AnswerEnd>>
  /** Closes the connection, if there is one. */
  close(): void
}

/** Starts an exchange; the first `next` sends the request. */
export function createExchange(
  server: Server,
  { refusals, habits, retryBaseMs }: Experience,
  { messages, options, deadline }: Question,
): Exchange {
  const { timeoutMs } = server.settings
  const firstTextBy = Date.now() + FIRST_TEXT_TIMEOUTS * timeoutMs
  const firstSent = habits.firstRequest(messages, options.stream)
  let sent = firstSent
  let answer: Answer | null = null
  let hasWords = false
  let speaker: string | null = null
  let usage: Usage | null = null

  async function ask(): Promise<Answer> {
    const expect = (detail: string): void =>
      deadline.expect(Math.min(timeoutMs, firstTextBy - Date.now()), detail)
    // What a try that failed said while it reasoned is no part of this one's figures.
    speaker = null
    usage = null
    expect('no headers')
    const response = await send(server, sent, options.stream, deadline.signal)
    expect('no first text')
    return readAnswer(response, server.protocol)
  }

  async function read(): Promise<IteratorResult<Piece, AnswerEnd>> {
    if (answer) {
      // A model that reasons is alive, though it has not said a word of its reply.
      deadline.expect(timeoutMs, hasWords ? 'no further text' : 'no text after reasoning')
    }
    answer ??= await ask()
    const next = await answer.pieces.next()
    usage = next.value.usage ?? usage
    if (!next.done && speaker === null) speaker = plainId(next.value.model)
    if (!hasWords && (next.done || next.value.text !== '')) succeed()
    return next
  }

  function succeed(): void {
    hasWords = true
    refusals.clear()
    habits.learn(sent, firstSent)
  }

  /** Prepares the next try, or throws. */
  async function recover(error: UpstreamError): Promise<Sent> {
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
    options.onRetry?.()
    return afterStep(sent, step)
  }

  function close(): void {
    answer?.close()
    answer = null
  }

  return {
    get messages() {
      return sent.messages
    },
    get speaker() {
      return speaker
    },
    get usage() {
      return usage
    },
    async next() {
      for (;;) {
        try {
          const next = await read()
          // While the reader has the piece, the model is not waited for.
          deadline.rest()
          return next
        } catch (thrown) {
          close()
          const error = toFailure(thrown, deadline, options.signal)
          if (!(error instanceof UpstreamError)) throw error
          if (hasWords) throw toInterruption(error)
          sent = await recover(error)
        }
      }
    },
    close,
  }
}

/**
 * A visitor's leaving and a limit of ours break the connection too: then their reason is what
 * counts. What the server said last does not matter to a visitor who left.
 */
function toFailure(thrown: unknown, { signal }: Deadline, visitor: AbortSignal): unknown {
  const isBroken = thrown instanceof UpstreamError && thrown.kind === 'network'
  return visitor.aborted || (isBroken && signal.aborted) ? signal.reason : thrown
}

/** What a failure is after the first word. */
function toInterruption(error: UpstreamError): AppError {
  if (error.kind !== 'network') return error
  return new AppError('model_interrupted', { detail: error.detail })
}

function plainId(model: string | null): string | null {
  return model !== null && PLAIN_ID.test(model) ? model : null
}
