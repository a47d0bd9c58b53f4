/**
 * The prompt of the protocols that know no roles, and cutting a reply out of what the model wrote. Pure.
 *
 *     <system prompt>
 *
 *     ### User:
 *     What is inflation?
 *
 *     ### Assistant:
 *
 * The way back is tolerant: servers echo the prompt, keep the stop text, or leave special tokens in
 * (huggingface/text-generation-inference, `router/src/server.rs` and `server/text_generation_server/utils/tokens.py`).
 */

import type { Message } from '../../message.ts'

/** Texts at which a model starts to play the next turn; servers take at most four. */
export const STOP_TEXTS = ['\n### User:', '\n### Assistant:', '\n### System:'] as const

const TURN_HEADER = /^([^\S\n]*)(?=###[^\S\n]*(?:user|assistant|system)[^\S\n]*:)/gim
const NEXT_TURN = /(?:^|\n)[^\S\n]*###[^\S\n]*(?:user|assistant|system)[^\S\n]*:/i
const LEADING_HEADER = /^\s*###[^\S\n]*assistant[^\S\n]*:/i
const TRAILING_SPECIAL_TOKENS =
  /(?:\s*(?:<\/s>|<\|eot_id\|>|<\|eom_id\|>|<\|im_end\|>|<\|end\|>|<\|endoftext\|>|<\|end_of_text\|>|<end_of_turn>))+\s*$/

/**
 * Writes a conversation as one text, byte for byte: system prompt, blank line, each entry under its header, and an open
 * `### Assistant:` at the end. A line of an entry that looks like a header gets a backslash, so that no message can open a turn.
 */
export function buildPrompt(messages: readonly Message[]): string {
  const parts = messages.map(({ role, content }) => {
    if (role === 'system') return `${content}\n\n`
    return `### ${role === 'user' ? 'User' : 'Assistant'}:\n${content.replace(TURN_HEADER, '$1\\')}\n\n`
  })
  return `${parts.join('')}### Assistant:\n`
}

/**
 * Cuts the reply out of generated text: without the echoed prompt, without a repeated header, up to where the model
 * starts the next turn, without special tokens at the end, trimmed. Empty when nothing is left.
 */
export function extractReply(text: string, prompt: string): string {
  const echoed = [prompt, prompt.trimEnd()].find((echo) => text.startsWith(echo))
  const own = text.slice(echoed?.length ?? 0).replace(LEADING_HEADER, '')
  const end = own.search(NEXT_TURN)
  return (end < 0 ? own : own.slice(0, end)).replace(TRAILING_SPECIAL_TOKENS, '').trim()
}
