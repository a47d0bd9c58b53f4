/** Sends one request to the model server and tells a refusal from an answer. */

import { parseJson } from '../json.ts'
import type { AnswerOptions } from '../model.ts'
import type { Protocol } from '../protocols/protocol.ts'
import type { ModelSettings } from '../settings.ts'
import { readStart } from './body-text.ts'
import { toNetworkError } from './network-error.ts'
import type { Sent } from './recovery.ts'
import { toModelError } from './refusal.ts'

/** How much of a refusal's body is read. */
const MAX_ERROR_CHARS = 16 * 1024

/** All that is used of the platform's `fetch`. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/** Where requests go. */
export interface Server {
  readonly settings: ModelSettings
  readonly protocol: Protocol
  readonly fetch: FetchLike
}

/**
 * Asks for an answer.
 *
 * @returns the response when its status is one of success
 * @throws UpstreamError for a refusal, and of kind `network` when there is no connection; the
 *   signal's reason may be behind the latter
 */
export async function send(
  { settings, protocol, fetch }: Server,
  { messages, folded, asksUsage }: Sent,
  { stream, signal }: Pick<AnswerOptions, 'stream' | 'signal'>,
): Promise<Response> {
  const options = { ...settings, stream, foldsSystem: folded, asksUsage }
  const request = protocol.buildRequest(messages, options)
  const response = await fetch(protocol.toUrl(settings.endpoint.url, stream), {
    method: 'POST',
    headers: headersOf(settings, stream),
    body: JSON.stringify(request),
    // Followed, a redirect would carry the prompt to another host. `error` throws on Workers, so
    // the status tells.
    redirect: 'manual',
    signal,
  }).catch((thrown: unknown) => {
    throw toNetworkError(thrown)
  })
  if (response.ok) return response
  const body = parseJson(await readStart(response, MAX_ERROR_CHARS))
  const model = 'model' in request ? settings.model : null
  throw toModelError(response.status, response.headers, body, { model, messages, asksUsage })
}

function headersOf({ token }: ModelSettings, stream: boolean): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    Accept: stream ? 'text/event-stream, application/json' : 'application/json',
    ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
  }
}
