/**
 * Takes white space and special tokens off the end of a reply. Servers leave `</s>` and its like in
 * (huggingface/text-generation-inference, `router/src/server.rs`). In the middle they stay, since a
 * reply may talk about them. Time grows in proportion to the text, however it is cut into pieces.
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

/** Creates the filter. */
export function createEndTrimmer(): TextFilter {
  /**
   * White space and special tokens that stand at the end so far. They are dropped if nothing else
   * follows, and belong to the reply if something does. Nothing in them is looked at again: a token
   * cannot begin here and end later, since what may still grow into one is kept in `partial`.
   */
  let trimmable: string[] = []
  /** The last characters, if they may still grow into a special token, like `<|im`. */
  let partial = ''

  /** Passes on all that is known to belong to the reply, once `text` follows what is held. */
  function release(text: string, whole: number): string {
    const end = withoutEnd(text, whole)
    const rest = text.slice(end, whole)
    if (end === 0) {
      if (rest !== '') trimmable.push(rest)
      return ''
    }
    const ready = trimmable.join('') + text.slice(0, end)
    trimmable = rest === '' ? [] : [rest]
    return ready
  }

  return {
    push(text) {
      const unread = partial + text
      const whole = unread.length - partialLength(unread)
      partial = unread.slice(whole)
      return release(unread, whole)
    },
    end() {
      const unread = partial
      partial = ''
      const ready = release(unread, unread.length)
      trimmable = []
      return ready
    },
    done: false,
  }
}

/** Where the white space and special tokens begin that stand before `end`. */
function withoutEnd(text: string, end: number): number {
  let at = end
  while (at > 0) {
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
