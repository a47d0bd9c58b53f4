/**
 * The text-generation protocol of Text Generation Inference: a prompt in, text out. Pure.
 *
 *     → {"inputs": "…", "parameters": {"max_new_tokens": 200, "return_full_text": false, "stop": ["\n### User:"]}}
 *     ← [{"generated_text": "…"}]   at `/` and `/models/ID`
 *     ← {"generated_text": "…"}     at `/generate`
 *
 * Without sampling parameters the server decodes greedily (huggingface/text-generation-inference, `router/src/lib.rs`).
 */

import { buildPrompt, extractReply, STOP_TEXTS } from './prompt.ts'
import { first, type Protocol, property } from './protocol.ts'

export const textGeneration: Protocol = {
  buildRequest(messages, { maxNewTokens }) {
    return {
      inputs: buildPrompt(messages),
      parameters: { max_new_tokens: maxNewTokens, return_full_text: false, stop: STOP_TEXTS },
    }
  },

  parseReply(body, messages) {
    const text = property(Array.isArray(body) ? first(body) : body, 'generated_text')
    return typeof text === 'string' ? extractReply(text, buildPrompt(messages)) : null
  },
}
