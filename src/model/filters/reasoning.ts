/**
 * Leaves out the `<think>…</think>` at the start of a reply: it is how the model came to its reply,
 * not the reply. White space before it goes too.
 */

import type { TextFilter } from './filter.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

export function createReasoningFilter(): TextFilter {
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
    }
    if (state === 'inside') {
      const close = held.indexOf(CLOSE)
      if (close < 0) {
        // Only what may be the beginning of the closing mark is kept: a model may think for long.
        held = held.slice(-(CLOSE.length - 1))
        return ''
      }
      state = 'after'
      held = held.slice(close + CLOSE.length).trimStart()
    }
    const ready = held
    held = ''
    return ready
  }

  return {
    push,
    end() {
      const ready = state === 'inside' ? '' : held
      held = ''
      return ready
    },
    done: false,
  }
}
