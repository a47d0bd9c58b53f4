/**
 * The completion protocol (`/v1/completions`): a prompt in, text out, in the OpenAI shape. Pure.
 *
 *     → {"model": "…", "prompt": "…", "max_tokens": 200, "stop": ["\n### User:"]}
 *     ← {"choices": [{"text": "…", "index": 0, "finish_reason": "stop"}]}
 *     ← data: {"choices": [{"text": "Hel", "index": 0, "finish_reason": null}]}  …  data: [DONE]
 */

import { buildPrompt, createPromptFilter, STOP_TEXTS } from './prompt.ts'
import { first, type Piece, type Protocol, property, toFinish } from './protocol.ts'

export const completion: Protocol = {
  toUrl: (url) => url,

  buildRequest(messages, { model, maxNewTokens, stream }) {
    const prompt = buildPrompt(messages)
    return { model, prompt, max_tokens: maxNewTokens, stop: STOP_TEXTS, stream }
  },

  readEvent(data) {
    const choices = property(data, 'choices')
    // An event of usage figures has no choice.
    if (Array.isArray(choices) && choices.length === 0)
      return { text: '', finish: null, reasoningChars: 0 }
    return readChoice(data)
  },

  readBody: readChoice,
  createFilter: createPromptFilter,
}

function readChoice(data: unknown): Piece | null {
  const choice = first(property(data, 'choices'))
  const text = property(choice, 'text')
  if (typeof text !== 'string') return null
  return { text, finish: toFinish(property(choice, 'finish_reason')), reasoningChars: 0 }
}
