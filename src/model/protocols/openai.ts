/**
 * What the chat and completion protocols have in common: both have the OpenAI shape. Pure.
 *
 *     → "stream": true, "stream_options": {"include_usage": true}
 *     ← "model": "org/name", "usage": {"prompt_tokens": 9, "completion_tokens": 3}
 *     ← "timings": {"cache_n": 5, "prompt_n": 4, "predicted_n": 3}      llama.cpp, unasked
 *
 * Streamed, usage comes in the last event, which has no choice; in others it is missing or null.
 */

import { property } from '../json.ts'
import type { Usage } from '../model.ts'
import type { RequestOptions } from './protocol.ts'

/** The fields that ask for a stream, and for usage at its end where that is wanted. */
export function streamFields({
  stream,
  asksUsage,
}: RequestOptions): Readonly<Record<string, unknown>> {
  return stream && asksUsage ? { stream, stream_options: { include_usage: true } } : { stream }
}

/** The usage that an event or a body tells; null for none. */
export function toUsage(data: unknown): Usage | null {
  const usage = property(data, 'usage')
  if (typeof usage === 'object' && usage !== null) {
    return usageOf(property(usage, 'prompt_tokens'), property(usage, 'completion_tokens'))
  }
  const timings = property(data, 'timings')
  if (typeof timings !== 'object' || timings === null) return null
  const read = toCount(property(timings, 'prompt_n'))
  // Of a prompt that it knows the beginning of, llama.cpp reads the rest.
  const cached = toCount(property(timings, 'cache_n'))
  const prompt = read === null || cached === null ? null : read + cached
  return usageOf(prompt, property(timings, 'predicted_n'))
}

/** Puts two numbers of tokens together; null when neither is one. */
export function usageOf(prompt: unknown, completion: unknown): Usage | null {
  const promptTokens = toCount(prompt)
  const completionTokens = toCount(completion)
  if (promptTokens === null && completionTokens === null) return null
  return { promptTokens, completionTokens }
}

/** The model id that the server names; null for none. */
export function toModel(data: unknown): string | null {
  const model = property(data, 'model')
  return typeof model === 'string' ? model : null
}

function toCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
