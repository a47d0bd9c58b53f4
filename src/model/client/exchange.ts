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
import type { Message, Usage } from '../model.ts'
import type { Piece } from '../protocols/protocol.ts'
import type { Answer, AnswerEnd, HearPiece } from './answer.ts'
import type { Deadline } from './deadline.ts'
import type { Server } from './send.ts'
import { createTries, type Experience, type Question } from './tries.ts'
import { UpstreamError } from './upstream-error.ts'

/** A model's id as the field writes them; whatever else a server says there is not passed on. */
const PLAIN_ID = /^[\w./:@+-]{1,100}$/

export interface Exchange {
  /** What was sent last: fewer messages than asked for, if they were too many. */
  readonly messages: readonly Message[]
  /** The id that the server of this answer gives the model; null when it is none or not plain. */
  readonly speaker: string | null
  /** What that server counted; null when it did not say. */
  readonly usage: Usage | null
  /**
   * Asks, and reads until the answer ends or no more is wanted. The model's time for each next word
   * runs from the last one.
   *
   * @throws AppError when there is none and nothing more is tried; the signal's reason when that
   *   was aborted
   */
  read(hear: HearPiece): Promise<AnswerEnd>
  /** Closes the connection, if there is one. */
  close(): void
}

/** Prepares an exchange. */
export function createExchange(
  server: Server,
  experience: Experience,
  question: Question,
): Exchange {
  const { deadline, options } = question
  const tries = createTries(server, experience, question)
  let answer: Answer | null = null
  let hasWords = false

  /** Other turns profit from the first word. */
  function begin(): void {
    if (hasWords) return
    hasWords = true
    tries.succeed()
  }

  function listenFor(piece: Piece, hear: HearPiece): 'more' | 'enough' {
    if (piece.text !== '') begin()
    // A model that reasons is alive, though it has not said a word of its reply.
    const detail = hasWords ? 'no further text' : 'no text after reasoning'
    deadline.expect(server.settings.timeoutMs, detail)
    return hear(piece)
  }

  async function readOnce(hear: HearPiece): Promise<AnswerEnd> {
    answer = await tries.ask()
    const end = await answer.read((piece) => listenFor(piece, hear))
    begin()
    return end
  }

  /** Makes it possible to ask again, or throws what ends the exchange. */
  async function recover(thrown: unknown): Promise<void> {
    answer?.close()
    answer = null
    const error = toFailure(thrown, deadline, options.signal)
    if (!(error instanceof UpstreamError)) throw error
    if (hasWords) throw toInterruption(error)
    await tries.recover(error)
  }

  return {
    get messages() {
      return tries.messages
    },
    get speaker() {
      return plainId(answer?.told.model ?? null)
    },
    get usage() {
      return answer?.told.usage ?? null
    },
    async read(hear) {
      for (;;) {
        try {
          return await readOnce(hear)
        } catch (thrown) {
          await recover(thrown)
        }
      }
    },
    close: () => answer?.close(),
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
