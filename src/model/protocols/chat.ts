/**
 * The chat-completion protocol (`/v1/chat/completions`): messages with roles in, a message out.
 * Pure. What it shares with the completion protocol stands in `openai.ts`.
 *
 *     → {"model": "…", "messages": [{"role": "user", "content": "…"}], "max_tokens": 200}
 *     ← {"choices": [{"message": {"content": "…"}, "finish_reason": "stop"}]}
 *     ← data: {"choices": [{"delta": {"content": "Hel"}, "finish_reason": null}]}
 *     ← data: {"choices": [], "usage": {…}}
 *     ← data: [DONE]
 *
 * `model` comes first in the body, so that the Hugging Face router can route from a short prefix,
 * as its own clients do.
 */

import { textOf } from '../content.ts'
import { createEndTrimmer } from '../filters/end-trimmer.ts'
import { chain } from '../filters/filter.ts'
import { createReasoningFilter } from '../filters/reasoning.ts'
import { firstItem, property } from '../json.ts'
import type { Message, Role } from '../model.ts'
import { streamFields, toModel, toUsage } from './openai.ts'
import { type Piece, type Protocol, toFinish } from './protocol.ts'

/** A message as it is sent. */
interface TextMessage {
  readonly role: Role
  readonly content: string
}

export const chat: Protocol = {
  mayAskUsage: true,

  toUrl: (url) => url,

  buildRequest(messages, options) {
    const turns = alternate(messages)
    const sent = options.foldsSystem ? foldSystem(turns) : turns
    const { model, maxNewTokens } = options
    return { model, messages: sent, max_tokens: maxNewTokens, ...streamFields(options) }
  },

  readEvent(data) {
    const choices = property(data, 'choices')
    if (!Array.isArray(choices)) return null
    // An event of usage figures has no choice, and a closing one may have no delta.
    return toPiece(data, firstItem(choices), property(firstItem(choices), 'delta') ?? {})
  },

  readBody(body) {
    const choice = firstItem(property(body, 'choices'))
    const message = property(choice, 'message')
    return typeof message === 'object' && message !== null ? toPiece(body, choice, message) : null
  },

  createFilter: (_messages, hearReasoning) =>
    chain([createReasoningFilter(hearReasoning), createEndTrimmer()]),
}

/**
 * llama.cpp and DeepSeek call the reasoning `reasoning_content`, Ollama and newer vLLM `reasoning`.
 */
function toPiece(data: unknown, choice: unknown, message: unknown): Piece | null {
  const text = toText(property(message, 'content'))
  if (text === null) return null
  const reasoning = property(message, 'reasoning_content') ?? property(message, 'reasoning')
  return {
    text,
    reasoning: typeof reasoning === 'string' ? reasoning : '',
    finish: toFinish(property(choice, 'finish_reason')),
    usage: toUsage(data),
    model: toModel(data),
  }
}

/**
 * Puts a conversation into the order that model templates insist on (Gemma and Mistral answer an
 * error otherwise): one system message first, then user and assistant in turns, first and last a
 * user. Empty messages fall out. Neighbours of one role are joined by a blank line. An assistant
 * that a sliding window left at the start is dropped.
 */
export function alternate(messages: readonly Message[]): TextMessage[] {
  const spoken = messages
    .map(({ role, content }) => ({ role, content: textOf(content) }))
    .filter(({ content }) => content.trim() !== '')
  const system = spoken.filter(({ role }) => role === 'system')
  const turns: TextMessage[] = []
  for (const message of spoken) {
    const last = turns.at(-1)
    if (message.role === 'system' || (!last && message.role === 'assistant')) continue
    if (last?.role === message.role) turns[turns.length - 1] = join([last, message], last.role)
    else turns.push(message)
  }
  if (turns.at(-1)?.role === 'assistant') turns.pop()
  return system.length === 0 ? turns : [join(system, 'system'), ...turns]
}

/**
 * Puts the system message's text before the first user's, for models whose template knows no system
 * role.
 */
function foldSystem(messages: readonly TextMessage[]): readonly TextMessage[] {
  const [system, firstUser, ...rest] = messages
  if (system?.role !== 'system' || firstUser?.role !== 'user') return messages
  return [{ role: 'user', content: `${system.content}\n\n${firstUser.content}` }, ...rest]
}

function join(messages: readonly TextMessage[], role: Role): TextMessage {
  return { role, content: messages.map(({ content }) => content).join('\n\n') }
}

/**
 * A message's content may be a string, a list of parts of which only text counts, or null when
 * nothing was said.
 */
function toText(content: unknown): string | null {
  if (typeof content === 'string') return content
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) return null
  return content
    .map((part: unknown) => property(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('')
}
