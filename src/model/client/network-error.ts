/**
 * A broken or refused connection, in our own words. The runtimes' messages are not passed on:
 * Node's can hold bytes of the answer.
 */

import { property } from '../json.ts'
import { UpstreamError } from './upstream-error.ts'

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ENOTFOUND: 'its host has no address',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'it did not answer the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer the connection',
  UND_ERR_SOCKET: 'it closed the connection',
}
/** Codes are made by the runtime. They look like this and hold nothing of an answer. */
const CODE = /^[A-Z][A-Z0-9_]{2,50}$/
/** An error and its causes; a chain could be a circle. */
const MAX_CAUSES = 5

/** Makes a failure of the connection out of what `fetch`, or reading its body, threw. */
export function toNetworkError(thrown: unknown): UpstreamError {
  const code = codeOf(thrown)
  const words = code === null ? undefined : WORDS[code]
  const because = words === undefined ? '' : `: ${words}`
  const named = code === null ? '' : ` (${code})`
  return new UpstreamError('network', {
    detail: `no connection to the model server${because}${named}`,
  })
}

/** The code of the error itself or of what caused it, the innermost first. */
function codeOf(thrown: unknown): string | null {
  let code: string | null = null
  let error = thrown
  for (let i = 0; i < MAX_CAUSES && error instanceof Error; i++) {
    const own: unknown = property(error, 'code')
    if (typeof own === 'string' && CODE.test(own)) code = own
    error = error.cause
  }
  return code
}
