/**
 * The chat-completion protocol (`/v1/chat/completions`): messages with roles in, a message out. Pure.
 *
 *     → {"model": "…", "messages": [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}], "max_tokens": 200}
 *     ← {"choices": [{"index": 0, "message": {"role": "assistant", "content": "…"}, "finish_reason": "stop"}]}
 *     ← data: {"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": null}]}  …  data: [DONE]
 *
 * `model` comes first in the body, so that the Hugging Face router can route from a short prefix, as its own clients do.
 */

import { createEndTrimmer } from '../filters/end-trimmer.ts'
import { chain } from '../filters/filter.ts'
import { createReasoningFilter } from '../filters/reasoning.ts'
import type { Message } from '../model.ts'
import { first, type Piece, type Protocol, property, toFinish } from './protocol.ts'

export const chat: Protocol = {
  toUrl: (url) => url,

  buildRequest(messages, { model, maxNewTokens, stream, foldsSystem }) {
    const turns = alternate(messages)
    const sent = foldsSystem ? foldSystem(turns) : turns
    return { model, messages: sent, max_tokens: maxNewTokens, stream }
  },

  readEvent(data) {
    const choices = property(data, 'choices')
    if (!Array.isArray(choices)) return null
    // An event of usage figures has no choice, and a closing one may have no delta.
    return toPiece(first(choices), property(first(choices), 'delta') ?? {})
  },

  readBody(body) {
    const choice = first(property(body, 'choices'))
    const message = property(choice, 'message')
    return typeof message === 'object' && message !== null ? toPiece(choice, message) : null
  },

  createFilter: () => chain([createReasoningFilter(), createEndTrimmer()]),
}

/** llama.cpp and DeepSeek call the reasoning `reasoning_content`, Ollama and newer vLLM `reasoning`. */
function toPiece(choice: unknown, message: unknown): Piece | null {
  const text = toText(property(message, 'content'))
  if (text === null) return null
  const reasoning = property(message, 'reasoning_content') ?? property(message, 'reasoning')
  const reasoningChars = typeof reasoning === 'string' ? reasoning.length : 0
  return { text, finish: toFinish(property(choice, 'finish_reason')), reasoningChars }
}

/**
 * Puts a conversation into the order that model templates insist on (Gemma and Mistral answer an error otherwise): one
 * system message first, then user and assistant in turns, first and last a user. Empty messages fall out, neighbours of
 * one role are joined by a blank line, and an assistant that a sliding window left at the start is dropped.
 */
export function alternate(messages: readonly Message[]): Message[] {
  const spoken = messages.filter(({ content }) => content.trim() !== '')
  const system = spoken.filter(({ role }) => role === 'system')
  const turns: Message[] = []
  for (const message of spoken) {
    const last = turns.at(-1)
    if (message.role === 'system' || (!last && message.role === 'assistant')) continue
    if (last?.role === message.role) turns[turns.length - 1] = join([last, message], last.role)
    else turns.push({ role: message.role, content: message.content })
  }
  if (turns.at(-1)?.role === 'assistant') turns.pop()
  return system.length === 0 ? turns : [join(system, 'system'), ...turns]
}

/** Puts the system message's text before the first user's, for models whose template knows no system role. */
function foldSystem(messages: readonly Message[]): readonly Message[] {
  const [system, firstUser, ...rest] = messages
  if (system?.role !== 'system' || firstUser?.role !== 'user') return messages
  return [{ role: 'user', content: `${system.content}\n\n${firstUser.content}` }, ...rest]
}

function join(messages: readonly Message[], role: Message['role']): Message {
  return { role, content: messages.map(({ content }) => content).join('\n\n') }
}

/** A message's content may be a string, a list of parts of which only text counts, or null when nothing was said. */
function toText(content: unknown): string | null {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) return null
  return content
    .map((part: unknown) => property(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('')
}
