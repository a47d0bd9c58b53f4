/** The port through which the app talks to any model. Knows no protocol and no network. */

export type Role = 'system' | 'user' | 'assistant'

/** One entry of what a model reads. */
export interface Message {
  readonly role: Role
  /** Plain text or Markdown, never HTML. */
  readonly content: string
}

/**
 * How a reply ended. `stop`: the model was done. `length`: the reply was cut off, by a limit of
 * length or by the server's filter of what it may say.
 */
export type Finish = 'stop' | 'length'

export interface AnswerOptions {
  /** Aborts when the visitor left or pressed Stop; the model then stops at once. */
  readonly signal: AbortSignal
  /** True to get the reply piece by piece as the model writes it, false to get it whole. */
  readonly stream: boolean
  /** Called before each further try of a request that failed, changed or not. For the log. */
  readonly onRetry?: () => void
}

export interface Model {
  /** Names the model in the log: its id, or `demo`. */
  readonly name: string
  /**
   * Answers a conversation.
   *
   * @param messages the system prompt first, then the newest entries; the last is the visitor's new message
   * @returns yields pieces of the reply in order, which joined and trimmed are the reply, and returns how it ended
   * @throws AppError with a `model_…` code, also after some pieces; the signal's own reason when it was aborted
   */
  answer(
    messages: readonly Message[],
    options: AnswerOptions,
  ): AsyncGenerator<string, Finish, undefined>
}
