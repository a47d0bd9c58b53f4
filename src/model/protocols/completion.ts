/**
 * The completion protocol (`/v1/completions`): a prompt in, text out, in the OpenAI shape. Pure.
 *
 *     → {"model": "…", "prompt": "…", "max_tokens": 200, "stop": ["\n### User:"]}
 *     ← {"choices": [{"text": "…", "finish_reason": "stop"}]}
 *     ← data: {"choices": [{"text": "Hel", "finish_reason": null}]}
 *     ← data: {"choices": [], "usage": {…}}
 *     ← data: [DONE]
 */

import { firstItem, property } from '../json.ts'
import { streamFields, toModel, toUsage } from './openai.ts'
import { buildPrompt, createPromptFilter, STOP_TEXTS } from './prompt.ts'
import { type Piece, type Protocol, SILENCE, toFinish } from './protocol.ts'

export const completion: Protocol = {
  mayAskUsage: true,

  toUrl: (url) => url,

  buildRequest(messages, options) {
    const { model, maxNewTokens: max_tokens } = options
    const prompt = buildPrompt(messages)
    return { model, prompt, max_tokens, stop: STOP_TEXTS, ...streamFields(options) }
  },

  readEvent(data) {
    const choices = property(data, 'choices')
    // An event of usage figures has no choice.
    const isEmpty = Array.isArray(choices) && choices.length === 0
    if (isEmpty) return { ...SILENCE, usage: toUsage(data), model: toModel(data) }
    return readChoice(data)
  },

  readBody: readChoice,
  createFilter: createPromptFilter,
}

function readChoice(data: unknown): Piece | null {
  const choice = firstItem(property(data, 'choices'))
  const text = property(choice, 'text')
  if (typeof text !== 'string') return null
  return {
    text,
    reasoning: '',
    finish: toFinish(property(choice, 'finish_reason')),
    usage: toUsage(data),
    model: toModel(data),
  }
}
