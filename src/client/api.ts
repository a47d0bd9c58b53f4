/** Talks to the server. Every failure comes back as a sentence that can be shown. */

import { type ChatReply, type ErrorReply, FORGOTTEN_HEADER } from '../wire.ts'

export type Outcome =
  | { readonly ok: true; readonly reply: string; readonly forgotten: number }
  | { readonly ok: false; readonly sentence: string }

/** Sends one message. Never rejects, except by the signal that the caller aborted. */
export async function sendMessage(
  message: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const limit = AbortSignal.timeout(limitMs)
  try {
    const response = await postJson('/chat', { message }, AbortSignal.any([signal, limit]))
    const body: unknown = await response.json()
    if (response.ok && isReply(body)) {
      return {
        ok: true,
        reply: body.reply,
        forgotten: Number(response.headers.get(FORGOTTEN_HEADER) ?? 0),
      }
    }
    return failed(
      isError(body)
        ? body.error
        : 'The server sent an answer that makes no sense. Please try again.',
    )
  } catch (error) {
    if (signal.aborted) throw error
    if (limit.aborted) return failed('No answer came in time. Please try again.')
    if (!navigator.onLine) return failed('You are offline. Try again when you are connected.')
    return failed('The server cannot be reached. Please try again in a moment.')
  }
}

/** Starts the conversation over. False when the server could not be told. */
export async function reset(): Promise<boolean> {
  try {
    return (await postJson('/reset', {}, AbortSignal.timeout(10_000))).ok
  } catch {
    return false
  }
}

function postJson(path: string, body: object, signal: AbortSignal): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
}

function failed(sentence: string): Outcome {
  return { ok: false, sentence }
}

function isReply(body: unknown): body is ChatReply {
  return (
    typeof body === 'object' && body !== null && 'reply' in body && typeof body.reply === 'string'
  )
}

function isError(body: unknown): body is ErrorReply {
  return (
    typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
  )
}
