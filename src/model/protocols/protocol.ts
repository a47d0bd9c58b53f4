/**
 * What every Hugging Face protocol is: pure functions, one making the request, the others reading
 * what comes back.
 */

import type { TextFilter } from '../filters/filter.ts'
import type { Finish, Message } from '../model.ts'

export interface RequestOptions {
  /** Model id as the server knows it. */
  readonly model: string
  /** Tokens the reply may have at most. */
  readonly maxNewTokens: number
  /** True to ask for events, false for one JSON body. */
  readonly stream: boolean
  /** True for a model whose template knows no system role. */
  readonly foldsSystem: boolean
}

/** What one event, or a whole JSON body, says. */
export interface Piece {
  /** Text that the model wrote, unfiltered; empty when there is none. */
  readonly text: string
  /** How the reply ended; null when it goes on, or the server does not say. */
  readonly finish: Finish | null
  /** How many characters the model wrote that are no part of the reply: its reasoning. */
  readonly reasoningChars: number
}

export interface Protocol {
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
  /** Makes the reply of the text, for one answer to these messages. */
  createFilter(messages: readonly Message[]): TextFilter
}

/** Reads a property of something that may be an object. */
export function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Reflect.get(value, name)
}

/** The first element of an array, undefined for anything else. */
export function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined
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
