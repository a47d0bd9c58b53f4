/** What every Hugging Face protocol is: a pair of pure functions, one making the request and one reading the reply. */

import type { Message } from '../../message.ts'

export interface RequestOptions {
  /** Model id as the server knows it. */
  readonly model: string
  /** Tokens the reply may have at most. */
  readonly maxNewTokens: number
}

export interface Protocol {
  /** Builds the JSON body that asks for a reply to the conversation. */
  buildRequest(
    messages: readonly Message[],
    options: RequestOptions,
  ): Readonly<Record<string, unknown>>
  /**
   * Finds the reply in the server's parsed JSON.
   *
   * @returns the reply, trimmed, possibly empty; null when the body is not what the protocol says
   */
  parseReply(body: unknown, messages: readonly Message[]): string | null
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
