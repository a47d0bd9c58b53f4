/**
 * Cuts the reply out of what a model writes after a prompt: without the prompt, which some servers echo, without a repeated
 * `### Assistant:`, and up to where the model starts to play the next turn.
 */

import type { TextFilter } from './filter.ts'

const NEXT_TURN = /(?:^|\n)[^\S\n]*###[^\S\n]*(?:user|assistant|system)[^\S\n]*:/i
const LEADING_HEADER = /^\s*###[^\S\n]*assistant[^\S\n]*:/i
/** The longest header that is still looked for, blanks included. */
const MAX_HEADER_CHARS = 64
/** A line end, and what may follow it, that may still grow into a header. */
const MAYBE_HEADER = new RegExp(
  `(?:^|\\n)[^\\S\\n]*(?:#{1,2}|###[^\\S\\n]*(?:${prefixes(['user', 'assistant', 'system'])})?[^\\S\\n]*)?$`,
  'i',
)

/**
 * Creates the filter.
 *
 * @param prompt what the model was given
 */
export function createTurnCutter(prompt: string): TextFilter {
  const echoes = [prompt, prompt.trimEnd()]
  let held = ''
  let done = false
  /** Until the first words are certain: an echo and a repeated header can only stand there. */
  let atStart = true

  function take(certain: number): string {
    const text = held.slice(0, certain)
    held = held.slice(certain)
    if (text !== '') atStart = false
    return text
  }

  /** True while the start may still be an echo or a header that is not all there. */
  function skipStart(final: boolean): boolean {
    if (!final && echoes.some((echo) => echo.length > held.length && echo.startsWith(held)))
      return true
    const echo = echoes.find((candidate) => candidate !== '' && held.startsWith(candidate))
    if (echo !== undefined) held = held.slice(echo.length)
    echoes.length = 0
    held = held.replace(LEADING_HEADER, '').trimStart()
    return false
  }

  return {
    push(text) {
      if (done) return ''
      held += text
      if (atStart && skipStart(false)) return ''
      const turn = (atStart ? held : `x${held}`).search(NEXT_TURN)
      if (turn >= 0) {
        done = true
        return take(atStart ? turn : turn - 1)
      }
      const from = Math.max(0, held.length - MAX_HEADER_CHARS)
      const maybe = (atStart && from === 0 ? held : `x${held.slice(from)}`).search(MAYBE_HEADER)
      const offset = atStart && from === 0 ? 0 : from - 1
      return take(maybe < 0 ? held.length : offset + maybe)
    },
    end() {
      if (done) return ''
      if (atStart) skipStart(true)
      return take(held.length)
    },
    get done() {
      return done
    },
  }
}

/** All beginnings of some words, longest first, as alternatives of a regular expression. */
function prefixes(words: readonly string[]): string {
  const all = words.flatMap((word) => Array.from(word, (_, i) => word.slice(0, word.length - i)))
  return all.join('|')
}
