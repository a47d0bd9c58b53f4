/**
 * Takes white space and special tokens off the end of a reply: servers leave `</s>` and its like in
 * (huggingface/text-generation-inference, `router/src/server.rs`). In the middle they stay, since a reply may talk about them.
 */

import type { TextFilter } from './filter.ts'

const SPECIAL_TOKENS = [
  '</s>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<end_of_turn>',
] as const
const LONGEST = Math.max(...SPECIAL_TOKENS.map(({ length }) => length))

export function createEndTrimmer(): TextFilter {
  let held = ''
  /** So much at the start of what is held is known to be trimmed if nothing follows, and need not be looked at again. */
  let known = 0
  return {
    push(text) {
      held += text
      const whole = held.length - partialLength(held)
      const end = withoutEnd(held, whole, known)
      if (end <= known) {
        known = whole
        return ''
      }
      const ready = held.slice(0, end)
      held = held.slice(end)
      known = whole - end
      return ready
    },
    end() {
      const end = withoutEnd(held, held.length, known)
      const ready = end <= known ? '' : held.slice(0, end)
      held = ''
      return ready
    },
    done: false,
  }
}

/** Where the white space and special tokens begin that stand before `end`; looks back no further than `floor`. */
function withoutEnd(text: string, end: number, floor: number): number {
  let at = end
  while (at > floor) {
    const token = SPECIAL_TOKENS.find((candidate) => text.endsWith(candidate, at))
    if (token) at -= token.length
    else if (/\s/.test(text.charAt(at - 1))) at -= 1
    else break
  }
  return at
}

/** How many characters at the end of a text may still grow into a special token. */
function partialLength(text: string): number {
  const tail = text.slice(-LONGEST)
  const start = tail.lastIndexOf('<')
  const partial = start < 0 ? '' : tail.slice(start)
  const grows = SPECIAL_TOKENS.some((token) => token !== partial && token.startsWith(partial))
  return grows ? partial.length : 0
}
