/**
 * Leaves out the prompt at the start of what a model writes: some servers echo it. Time grows in
 * proportion to the text, however it is cut into pieces.
 */

import type { TextFilter } from './filter.ts'

/**
 * Creates the filter.
 *
 * @param prompt what the model was given; an echo may lack the white space at its end
 */
export function createEchoSkipper(prompt: string): TextFilter {
  const shortest = prompt.trimEnd().length
  /** So many characters came that are the beginning of the prompt; null once it is decided. */
  let matched: number | null = prompt === '' ? null : 0

  return {
    push(text) {
      if (matched === null) return text
      const before = matched
      const same = sameLength(text, prompt, before)
      matched = before + same
      if (same === text.length && matched < prompt.length) return ''
      const isEcho = matched >= shortest
      matched = null
      return isEcho ? text.slice(same) : prompt.slice(0, before) + text
    },
    end() {
      const isReply = matched !== null && matched < shortest
      const reply = isReply ? prompt.slice(0, matched ?? 0) : ''
      matched = null
      return reply
    },
    done: false,
  }
}

/** How many characters at the start of a text are those that a prompt has from a place on. */
function sameLength(text: string, prompt: string, from: number): number {
  if (prompt.startsWith(text, from)) return text.length
  let at = 0
  while (at < text.length && text[at] === prompt[from + at]) at += 1
  return at
}
