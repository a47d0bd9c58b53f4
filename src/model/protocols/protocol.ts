/**
 * What every Hugging Face protocol is: pure functions, one making the request, the others reading
 * what comes back.
 */

import type { TextFilter } from '../filters/filter.ts'
import type { Finish, Message, Usage } from '../model.ts'

export interface RequestOptions {
  /** Model id as the server knows it. */
  readonly model: string
  /** Tokens the reply may have at most. */
  readonly maxNewTokens: number
  /** True to ask for events, false for one JSON body. */
  readonly stream: boolean
  /** True for a model whose template knows no system role. */
  readonly foldsSystem: boolean
  /** False for a server that refuses to be asked for usage. */
  readonly asksUsage: boolean
}

/** What one event, or a whole JSON body, says: each field by itself, none of them for certain. */
export interface Piece {
  /** Text that the model wrote, unfiltered; empty when there is none. */
  readonly text: string
  /** What the server itself calls reasoning; empty when there is none. */
  readonly reasoning: string
  /** How the reply ended; null when it goes on, or the server does not say. */
  readonly finish: Finish | null
  /** Null when the server does not say. */
  readonly usage: Usage | null
  /** The id that the server gives the model, unchecked; null when it gives none. */
  readonly model: string | null
}

/** A piece that says nothing. */
export const SILENCE: Piece = { text: '', reasoning: '', finish: null, usage: null, model: null }

export function hasWords({ text, reasoning }: Piece): boolean {
  return text !== '' || reasoning !== ''
}

export interface Protocol {
  /** True when a streamed request can ask for usage, in a field that some servers refuse. */
  readonly mayAskUsage: boolean
  /** The address for this kind of request, from the one that was configured. */
  toUrl(url: string, stream: boolean): string
  /** Builds the JSON body that asks for a reply to the conversation. */
  buildRequest(
    messages: readonly Message[],
    options: RequestOptions,
  ): Readonly<Record<string, unknown>>
  /** Reads the JSON of one event of a stream; null when it is not what the protocol says. */
  readEvent(data: unknown): Piece | null
  /** Reads the JSON body of an answer in one piece; null when it is not what the protocol says. */
  readBody(body: unknown): Piece | null
  /**
   * Makes the reply of the text, for one answer to these messages.
   *
   * @param hearReasoning gets the reasoning that stands in the text, as it is cut out
   */
  createFilter(messages: readonly Message[], hearReasoning: (text: string) => void): TextFilter
}

/**
 * Reads a finish reason; nothing is none. `length` means that the reply is not whole, and so does
 * `content_filter`: the server cut off what it did not want to say. Every other word means that the
 * model was done.
 */
export function toFinish(reason: unknown): Finish | null {
  if (typeof reason !== 'string' || reason === '') return null
  return reason === 'length' || reason === 'content_filter' ? 'length' : 'stop'
}
