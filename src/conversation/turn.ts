/** One turn, from the visitor's message to the finished reply. Knows the model only by its port, and no session. */

import { AppError } from '../errors.ts'
import type { Turn } from '../message.ts'
import type { Finish, Model } from '../model/model.ts'
import { selectWindow } from './window.ts'

export interface TurnOptions {
  readonly model: Model
  readonly systemPrompt: string
  /** Newest entries sent to the model. */
  readonly maxTurns: number
  /** Aborts when the visitor leaves. */
  readonly signal: AbortSignal
}

export interface FinishedTurn extends Turn {
  readonly finish: Finish
}

/**
 * Asks the model and yields pieces of the reply as they come. Nothing is kept here, so a failed turn leaves no trace.
 *
 * @param turns the conversation so far, oldest first
 * @param stream false to get the reply in one piece
 * @returns the finished turn, its reply trimmed
 * @throws AppError with a `model_…` code
 */
export async function* takeTurn(
  turns: readonly Turn[],
  message: string,
  stream: boolean,
  { model, systemPrompt, maxTurns, signal }: TurnOptions,
): AsyncGenerator<string, FinishedTurn, undefined> {
  const window = selectWindow(systemPrompt, turns, message, maxTurns)
  const answer = model.answer(window, { signal, stream })
  let reply = ''
  let next = await answer.next()
  try {
    for (; !next.done; next = await answer.next()) {
      reply += next.value
      yield next.value
    }
  } finally {
    // Ends the model's work when the reader stopped before the reply did.
    if (!next.done) await answer.return('stop')
  }
  const assistant = reply.trim()
  if (assistant === '') throw new AppError('model_empty', { detail: 'the model yielded no text' })
  return { user: message, assistant, finish: next.value }
}

/** The finished turn, without its pieces. */
export async function finishTurn(
  turn: AsyncGenerator<string, FinishedTurn, undefined>,
): Promise<FinishedTurn> {
  let next = await turn.next()
  while (!next.done) next = await turn.next()
  return next.value
}
