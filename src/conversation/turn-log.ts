/** One line at the end of every turn, streamed or not: what it took and how it ended. Never its text. */

import { errorFields, toWire } from '../errors.ts'
import type { Log } from '../log.ts'
import type { RunningTurn } from './running-turn.ts'

export interface TurnLogFields {
  readonly requestId: string
  /** The model's id, or `demo`. */
  readonly model: string
  readonly streamed: boolean
  /** Characters of the visitor's message. */
  readonly charsIn: number
  /** What the turn made the store do: reads, writes and deletions. */
  readonly storeOperations: number
}

/**
 * Writes the line. A turn that failed by the model or by us is an error; one whose visitor left is not.
 *
 * @param failure why a turn that the model finished was not kept; null when it was
 */
export function logTurn(
  log: Log,
  fields: TurnLogFields,
  turn: RunningTurn,
  failure: unknown = null,
): void {
  const { ms, firstWordMs, promptChars, replyChars, retries } = turn.figures()
  const { outcome } = turn
  const error = outcome?.kind === 'failed' ? outcome.error : failure
  const finish = outcome?.kind === 'finished' ? outcome.turn.finish : null
  log(error !== null && toWire(error).status >= 500 ? 'error' : 'info', 'turn', {
    ...fields,
    ms,
    firstWordMs,
    promptChars,
    charsOut: replyChars,
    retries,
    ...(error === null ? { finish } : errorFields(error)),
  })
}
