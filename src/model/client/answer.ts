/** What the readers of an answer have in common. */

import type { Finish, Usage } from '../model.ts'
import type { Piece, Protocol } from '../protocols/protocol.ts'
import type { BodyText } from './body-text.ts'

/** How an answer ended. */
export interface AnswerEnd {
  /** Null when it broke off without an end. */
  readonly finish: Finish | null
  /** What the server counted; null when it did not say. */
  readonly usage: Usage | null
}

/** An answer that is being read. */
export interface Answer {
  /**
   * What the model wrote, piece by piece; each holds text or reasoning. Throws UpstreamError for an
   * error inside the body and for a connection that broke, AppError `model_bad_response` for what
   * is not the protocol's or has no end.
   */
  readonly pieces: AsyncGenerator<Piece, AnswerEnd, undefined>
  /** Closes the connection if the body is not at its end. Whoever asked for the answer must call. */
  close(): void
}

/** Where pieces come from. */
export interface AnswerSource {
  /** What was read of the body to tell its kind. */
  readonly head: string
  readonly body: BodyText
  readonly response: Response
  readonly protocol: Protocol
}
