/**
 * The tries of one turn: what is sent, and what is changed or waited for before it is sent again.
 */

import type { AnswerOptions, Message } from '../model.ts'
import type { Answer } from './answer.ts'
import { readAnswer } from './answer-reader.ts'
import type { Deadline } from './deadline.ts'
import type { Habits } from './habits.ts'
import { afterStep, nextStep } from './recovery.ts'
import type { RefusalMemory } from './refusal-memory.ts'
import { type Server, send } from './send.ts'
import type { UpstreamError } from './upstream-error.ts'

/** The first word must come within so many times `TIMEOUT_MS`, retries included. */
const FIRST_TEXT_TIMEOUTS = 2

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

export interface Tries {
  /** What was sent last: fewer messages than asked for, if they were too many. */
  readonly messages: readonly Message[]
  /**
   * Sends the request, and reads up to the kind of the answer.
   *
   * @throws UpstreamError for a refusal or no connection, AppError for what is no answer
   */
  ask(): Promise<Answer>
  /**
   * Prepares the next try, which may mean to wait.
   *
   * @throws the error itself when nothing more is tried
   */
  recover(error: UpstreamError): Promise<void>
  /** The first word has come: other turns profit from what this one has learned. */
  succeed(): void
}

/** Prepares the first try of a turn, whose clock starts now. */
export function createTries(
  server: Server,
  { refusals, habits, retryBaseMs }: Experience,
  { messages, options, deadline }: Question,
): Tries {
  const { timeoutMs } = server.settings
  const firstTextBy = Date.now() + FIRST_TEXT_TIMEOUTS * timeoutMs
  const firstSent = habits.firstRequest(messages, options.stream)
  let sent = firstSent

  function expect(detail: string): void {
    deadline.expect(Math.min(timeoutMs, firstTextBy - Date.now()), detail)
  }

  return {
    get messages() {
      return sent.messages
    },
    async ask() {
      expect('no headers')
      const response = await send(server, sent, { ...options, signal: deadline.signal })
      expect('no first text')
      return readAnswer(response, server.protocol)
    },
    async recover(error) {
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
    },
    succeed() {
      refusals.clear()
      habits.learn(sent, firstSent)
    },
  }
}
