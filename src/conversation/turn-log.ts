/**
 * One line at the end of every turn, streamed or not: who spoke, what it took and how it ended.
 * Never its text.
 *
 *     {"event":"turn","model":"org/name","ms":2140,"firstWordMs":310,"promptTokens":412,
 *      "completionTokens":96,"reasoningChars":0,"charsOut":388,"retries":0,"finish":"stop",…}
 */

import { errorFields, toWire } from '../errors.ts'
import type { Log } from '../log.ts'
import type { RunningTurn } from './running-turn.ts'

export interface TurnLogFields {
  readonly requestId: string
  readonly streamed: boolean
  /** Characters of the visitor's message. */
  readonly charsIn: number
  /** What the turn made the store do: reads, writes and deletions. */
  readonly storeOperations: number
}

/**
 * Writes the line. Tokens are null where the server did not count them. A turn that failed by the
 * model or by us is an error; one whose visitor left is not.
 *
 * @param failure why a turn that the model finished was not kept; null when it was
 */
export function logTurn(
  log: Log,
  fields: TurnLogFields,
  turn: RunningTurn,
  failure: unknown = null,
): void {
  const { replyChars, usage, ...figures } = turn.figures()
  const { outcome } = turn
  const error = outcome?.kind === 'failed' ? outcome.error : failure
  const finish = outcome?.kind === 'finished' ? outcome.turn.finish : null
  log(error !== null && toWire(error).status >= 500 ? 'error' : 'info', 'turn', {
    ...fields,
    ...figures,
    charsOut: replyChars,
    promptTokens: usage?.promptTokens ?? null,
    completionTokens: usage?.completionTokens ?? null,
    ...(error === null ? { finish } : errorFields(error)),
  })
}
