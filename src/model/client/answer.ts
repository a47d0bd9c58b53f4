/** What the readers of an answer have in common. */

import type { Finish, Usage } from '../model.ts'
import type { Piece, Protocol } from '../protocols/protocol.ts'
import type { BodyText } from './body-text.ts'

/** What a server has said so far besides words. */
export interface Told {
  /** What it counted, as it said last; null when it did not say. */
  usage: Usage | null
  /** The id that it gives the model, unchecked; null when it gives none. */
  model: string | null
}

/** Takes the next piece, which holds text or reasoning, and says whether more is wanted. */
export type HearPiece = (piece: Piece) => 'more' | 'enough'

/** How an answer ended: as the server told, without an end, or because no more was wanted. */
export type AnswerEnd = Finish | 'broken' | 'enough'

/** An answer that is being read. */
export interface Answer {
  /**
   * Reads what the model writes, until it ends or `hear` has enough.
   *
   * @throws UpstreamError for an error inside the body and for a connection that broke, AppError
   *   `model_bad_response` for what is not the protocol's
   */
  read(hear: HearPiece): Promise<AnswerEnd>
  readonly told: Readonly<Told>
  /** Closes the connection, should the body not be at its end. Whoever asked must call it. */
  close(): void
}

/** Where pieces come from. */
export interface AnswerSource {
  /** What was read of the body to tell its kind. */
  readonly head: string
  readonly body: BodyText
  readonly response: Response
  readonly protocol: Protocol
  /** Where readers put what they are told. */
  readonly told: Told
}

/** Puts down what a piece tells besides words. */
export function note(told: Told, { usage, model }: Piece): void {
  told.usage = usage ?? told.usage
  told.model ??= model
}
