/** One turn, from the visitor's message to the finished reply. Knows the model only by its port, and no session. */

import { AppError } from '../errors.ts'
import type { Turn } from '../message.ts'
import type { Model } from '../model/model.ts'
import { selectWindow } from './window.ts'

export interface TurnOptions {
  readonly model: Model
  readonly systemPrompt: string
  /** Newest entries sent to the model. */
  readonly maxTurns: number
  /** Aborts when the visitor leaves. */
  readonly signal: AbortSignal
}

/**
 * Asks the model and gives back the finished turn. Nothing is kept here, so a failed turn leaves no trace.
 *
 * @param turns the conversation so far, oldest first
 * @throws AppError with a `model_…` code
 */
export async function takeTurn(
  turns: readonly Turn[],
  message: string,
  options: TurnOptions,
): Promise<Turn> {
  const window = selectWindow(options.systemPrompt, turns, message, options.maxTurns)
  let reply = ''
  for await (const piece of options.model.answer(window, { signal: options.signal, stream: false }))
    reply += piece
  const assistant = reply.trim()
  if (assistant === '') throw new AppError('model_empty', { detail: 'the model yielded no text' })
  return { user: message, assistant }
}
