/** The port through which the app talks to any model. Knows no protocol and no network. */

import type { Message } from '../message.ts'

export interface AnswerOptions {
  /** Aborts when the visitor left; the model then stops at once. */
  readonly signal: AbortSignal
}

export interface Model {
  /**
   * Answers a conversation.
   *
   * @param messages the system prompt first, then the newest entries; the last is the visitor's new message
   * @returns pieces of the reply in order; joined and trimmed they are the reply
   * @throws AppError with a `model_…` code; the signal's own reason when it was aborted
   */
  answer(messages: readonly Message[], options: AnswerOptions): AsyncIterable<string>
}
