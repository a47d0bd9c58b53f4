/** The port through which the app talks to any model. Knows no protocol and no network. */

import type { Content } from './content.ts'

export type Role = 'system' | 'user' | 'assistant'

/** One message of what a model reads. */
export interface Message {
  readonly role: Role
  /** Its text is plain or Markdown, never HTML. No protocol sends files yet. */
  readonly content: Content
}

/** What a turn took, as the server counts it. */
export interface Usage {
  /** Tokens of all that the model read; null when the server does not say. */
  readonly promptTokens: number | null
  /** Tokens that the model wrote, reasoning included; null when the server does not say. */
  readonly completionTokens: number | null
}

/**
 * What a model says while it answers. Joined and trimmed, the texts are the reply. Reasoning is how
 * the model came to it, and is never a part of it. Usage comes last, once or not at all.
 */
export type ModelEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'usage'; readonly usage: Usage }

/**
 * How a reply ended. `stop`: the model was done. `length`: the reply was cut off, by a limit of
 * length or by the server's filter of what it may say.
 */
export type Finish = 'stop' | 'length'

/** The end of an answer. */
export interface Ending {
  readonly finish: Finish
  /** The model that spoke: the id that the server gave it, else the one that was asked for. */
  readonly model: string
}

export interface AnswerOptions {
  /** Aborts when the visitor left or pressed Stop; the model then stops at once. */
  readonly signal: AbortSignal
  /** True to get the reply piece by piece as the model writes it, false to get it whole. */
  readonly stream: boolean
  /** Called with each event in order, as soon as it is there. Must not throw. */
  readonly hear: (event: ModelEvent) => void
  /**
   * Called before each further try of a request that failed, changed or not. The try that failed
   * may have reasoned, but has said no text.
   */
  readonly onRetry?: () => void
}

export interface Model {
  /** The id that is asked for, or `demo`. */
  readonly name: string
  /**
   * Answers a conversation.
   *
   * @param messages the system prompt first, then the newest ones; the last is the visitor's
   *   new message
   * @returns how it ended and who spoke, once all events were heard
   * @throws AppError with a `model_…` code, also after some events; the signal's own reason when it
   *   was aborted
   */
  answer(messages: readonly Message[], options: AnswerOptions): Promise<Ending>
}
