/**
 * The text-generation protocol of Text Generation Inference: a prompt in, text out. Pure.
 *
 *     → {"inputs": "…", "parameters": {"max_new_tokens": 200, "return_full_text": false, "stop": ["\n### User:"]}}
 *     ← [{"generated_text": "…"}]   at `/` and `/models/ID`
 *     ← {"generated_text": "…"}     at `/generate`
 *     ← data:{"index": 1, "token": {"id": 4911, "text": "Hel", "special": false}, "generated_text": null, "details": null}
 *
 * Streamed, the first event whose `generated_text` is a string is the last; that text may hold the prompt, so the tokens count.
 * Without sampling parameters the server decodes greedily (huggingface/text-generation-inference, `router/src/lib.rs`).
 */

import { buildPrompt, createPromptFilter, STOP_TEXTS } from './prompt.ts'
import { first, type Protocol, property, toFinish } from './protocol.ts'

export const textGeneration: Protocol = {
  // `/generate` and `/generate_stream` fix the kind of answer by their path; elsewhere `stream` decides.
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
    const reason = toFinish(property(property(data, 'details'), 'finish_reason'))
    return {
      text: property(token, 'special') === true ? '' : text,
      finish: ended ? (reason ?? 'stop') : null,
      reasoningChars: 0,
    }
  },

  readBody(body) {
    const answer = Array.isArray(body) ? first(body) : body
    const text = property(answer, 'generated_text')
    if (typeof text !== 'string') return null
    const reason = property(property(answer, 'details'), 'finish_reason')
    return { text, finish: toFinish(reason), reasoningChars: 0 }
  },

  createFilter: createPromptFilter,
}
