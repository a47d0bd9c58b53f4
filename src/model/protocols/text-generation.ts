/**
 * The text-generation protocol of Text Generation Inference: a prompt in, text out. Pure.
 *
 *     → {"inputs": "…", "parameters": {"max_new_tokens": 200, "stop": ["\n### User:"], …}}
 *     ← [{"generated_text": "…"}]   at `/` and `/models/ID`
 *     ← {"generated_text": "…"}     at `/generate`
 *     ← data:{"token": {"text": "Hel", "special": false}, "generated_text": null, "details": null}
 *     ← data:{"token": {…}, "generated_text": "Hello", "details": {"finish_reason": "eos_token",
 *            "generated_tokens": 3, "input_length": 5}}
 *
 * Streamed, the first event whose `generated_text` is a string is the last. That text may hold the
 * prompt, so the tokens count. Usage stands in the details, which come unasked in no other shape.
 * Without sampling parameters the server decodes greedily (huggingface/text-generation-inference,
 * `router/src/lib.rs`).
 */

import { firstItem, property } from '../json.ts'
import type { Usage } from '../model.ts'
import { usageOf } from './openai.ts'
import { buildPrompt, createPromptFilter, STOP_TEXTS } from './prompt.ts'
import { type Protocol, toFinish } from './protocol.ts'

export const textGeneration: Protocol = {
  mayAskUsage: false,

  // `/generate` and `/generate_stream` fix the kind of answer by their path. Elsewhere `stream`
  // decides.
  toUrl: (url, stream) =>
    url.replace(/\/generate(?:_stream)?(?=$|\?)/, stream ? '/generate_stream' : '/generate'),

  buildRequest(messages, { maxNewTokens, stream }) {
    const parameters = { max_new_tokens: maxNewTokens, return_full_text: false, stop: STOP_TEXTS }
    if (!stream) return { inputs: buildPrompt(messages), parameters }
    return { inputs: buildPrompt(messages), parameters: { ...parameters, details: true }, stream }
  },

  readEvent(data) {
    const token = property(data, 'token')
    const text = property(token, 'text')
    if (typeof text !== 'string') return null
    const ended = typeof property(data, 'generated_text') === 'string'
    const details = property(data, 'details')
    const reason = toFinish(property(details, 'finish_reason'))
    return {
      text: property(token, 'special') === true ? '' : text,
      reasoning: '',
      finish: ended ? (reason ?? 'stop') : null,
      usage: toUsage(details),
      model: null,
    }
  },

  readBody(body) {
    const answer = Array.isArray(body) ? firstItem(body) : body
    const text = property(answer, 'generated_text')
    if (typeof text !== 'string') return null
    const details = property(answer, 'details')
    const finish = toFinish(property(details, 'finish_reason'))
    return { text, reasoning: '', finish, usage: toUsage(details), model: null }
  },

  createFilter: createPromptFilter,
}

/** A stream's details count the prompt; those of a body list its tokens, if at all. */
function toUsage(details: unknown): Usage | null {
  const prefill = property(details, 'prefill')
  const listed = Array.isArray(prefill) && prefill.length > 0 ? prefill.length : null
  return usageOf(property(details, 'input_length') ?? listed, property(details, 'generated_tokens'))
}
