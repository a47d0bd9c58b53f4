/**
 * The prompt of the protocols that know no roles. Pure.
 *
 *     <system prompt>
 *
 *     ### User:
 *     What is inflation?
 *
 *     ### Assistant:
 *
 * The way back is `filters/echo-skipper.ts` and `filters/turn-cutter.ts`.
 */

import { textOf } from '../content.ts'
import { createEchoSkipper } from '../filters/echo-skipper.ts'
import { createEndTrimmer } from '../filters/end-trimmer.ts'
import { chain, type TextFilter } from '../filters/filter.ts'
import { createTurnCutter } from '../filters/turn-cutter.ts'
import type { Message } from '../model.ts'

/** Texts at which a model starts to play the next turn; servers take at most four. */
export const STOP_TEXTS = ['\n### User:', '\n### Assistant:', '\n### System:'] as const

const TURN_HEADER = /^([^\S\n]*)(?=###[^\S\n]*(?:user|assistant|system)[^\S\n]*:)/gim

/**
 * Writes a conversation as one text, byte for byte: system prompt, blank line, each message under its
 * header, and an open `### Assistant:` at the end. A line of a message that looks like a header gets
 * a backslash, so that no message can open a turn.
 */
export function buildPrompt(messages: readonly Message[]): string {
  const parts = messages.map(({ role, content }) => {
    const text = textOf(content)
    if (role === 'system') return `${text}\n\n`
    const header = `### ${role === 'user' ? 'User' : 'Assistant'}:`
    return `${header}\n${text.replace(TURN_HEADER, '$1\\')}\n\n`
  })
  return `${parts.join('')}### Assistant:\n`
}

/** Makes the reply of what a model writes after the prompt of these messages. */
export function createPromptFilter(messages: readonly Message[]): TextFilter {
  return chain([createEchoSkipper(buildPrompt(messages)), createTurnCutter(), createEndTrimmer()])
}
