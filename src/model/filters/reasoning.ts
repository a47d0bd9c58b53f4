/**
 * Takes the `<think>…</think>` at the start of a reply out of it: it is how the model came to its
 * reply, not the reply. White space before and after it goes too.
 */

import type { TextFilter } from './filter.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

/**
 * Creates the filter.
 *
 * @param hear gets what stands between the marks, piece by piece as it comes, never an empty text
 */
export function createReasoningFilter(hear: (reasoning: string) => void): TextFilter {
  let state: 'start' | 'inside' | 'after' = 'start'
  let held = ''

  function push(text: string): string {
    if (state === 'after') return text
    held += text
    if (state === 'start') {
      // White space is dropped at once: endless blanks must not pile up here.
      held = held.trimStart()
      if (held.length < OPEN.length && OPEN.startsWith(held)) return ''
      state = held.startsWith(OPEN) ? 'inside' : 'after'
      if (state === 'inside') held = held.slice(OPEN.length)
    }
    if (state === 'inside') {
      const close = held.indexOf(CLOSE)
      if (close < 0) {
        // Only what may be the beginning of the closing mark is kept: a model may think for long.
        pass(Math.max(0, held.length - (CLOSE.length - 1)))
        return ''
      }
      pass(close)
      state = 'after'
      held = held.slice(CLOSE.length).trimStart()
    }
    const ready = held
    held = ''
    return ready
  }

  /** Passes on the first characters of what is held: they are reasoning. */
  function pass(chars: number): void {
    const reasoning = held.slice(0, chars)
    held = held.slice(chars)
    if (reasoning !== '') hear(reasoning)
  }

  return {
    push,
    end() {
      if (state === 'inside') pass(held.length)
      const ready = held
      held = ''
      return ready
    },
    done: false,
  }
}
