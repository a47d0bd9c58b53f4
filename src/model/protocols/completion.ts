/**
 * The completion protocol (`/v1/completions`): a prompt in, text out, in the OpenAI shape. Pure.
 *
 *     → {"model": "…", "prompt": "…", "max_tokens": 200, "stop": ["\n### User:"]}
 *     ← {"choices": [{"text": "…", "index": 0, "finish_reason": "stop"}]}
 */

import { buildPrompt, extractReply, STOP_TEXTS } from './prompt.ts'
import { first, type Protocol, property } from './protocol.ts'

export const completion: Protocol = {
  buildRequest(messages, { model, maxNewTokens }) {
    return { model, prompt: buildPrompt(messages), max_tokens: maxNewTokens, stop: STOP_TEXTS }
  },

  parseReply(body, messages) {
    const text = property(first(property(body, 'choices')), 'text')
    return typeof text === 'string' ? extractReply(text, buildPrompt(messages)) : null
  },
}
