/**
 * The chat-completion protocol (`/v1/chat/completions`): messages with roles in, a message out. Pure.
 *
 *     → {"model": "…", "messages": [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}], "max_tokens": 200}
 *     ← {"choices": [{"index": 0, "message": {"role": "assistant", "content": "…"}, "finish_reason": "stop"}]}
 *
 * `model` comes first in the body, so that the Hugging Face router can route from a short prefix, as its own clients do.
 */

import type { Message } from '../../message.ts'
import { first, type Protocol, property } from './protocol.ts'

/** A `<think>` part at the start is the model's reasoning, not its reply. */
const REASONING = /^\s*<think>[\s\S]*?(?:<\/think>|$)/

export const chat: Protocol = {
  buildRequest(messages, { model, maxNewTokens }) {
    return { model, messages: alternate(messages), max_tokens: maxNewTokens, stream: false }
  },

  parseReply(body) {
    const message = property(first(property(body, 'choices')), 'message')
    if (typeof message !== 'object' || message === null) return null
    const text = toText(property(message, 'content'))
    return text === null ? null : text.replace(REASONING, '').trim()
  },
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
