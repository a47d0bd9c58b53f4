/**
 * Cuts the reply out of what a model writes after a prompt: without a repeated `### Assistant:` at
 * the start, and up to the line where the model starts to play the next turn. A line is held back
 * only while it may still become such a header.
 */

import type { TextFilter } from './filter.ts'

const ROLES = ['user', 'assistant', 'system'] as const
/** A line that opens a turn, after the line end before it. */
const HEADER = /^\n?[^\S\n]*###[^\S\n]*(user|assistant|system)[^\S\n]*:/i
/** A line that may still become a header. */
const MAYBE_HEADER = new RegExp(
  `^\\n?[^\\S\\n]*(?:#{0,2}|###[^\\S\\n]*(?:${prefixes(ROLES)})?[^\\S\\n]*)$`,
  'i',
)
/** Longest header that is looked for, with its blanks and the line end before it. */
const MAX_HEADER_CHARS = 64

/** Creates the filter. */
export function createTurnCutter(): TextFilter {
  /** The line so far, with the line end before it, while it may still become a header. */
  let held = ''
  /** Inside a line that is no header: the rest of it belongs to the reply. */
  let inText = false
  /** Nothing of the reply has come. White space is dropped, and so is one `### Assistant:`. */
  let atStart = true
  let mayRepeatHeader = true
  let done = false

  /** Takes one line, or a part of one. A line end can only be its first character. */
  function read(part: string): string {
    if (part.startsWith('\n')) return release() + hold(part)
    return inText ? part : hold(part)
  }

  /** What was held is no header after all. */
  function release(): string {
    const ready = held
    held = ''
    if (ready !== '') atStart = false
    inText = false
    return ready
  }

  function hold(part: string): string {
    held = atStart ? (held + part).trimStart() : held + part
    const header = HEADER.exec(held)
    if (header && header[0].length <= MAX_HEADER_CHARS) return open(header[0].length, header[1])
    if (held === '' || (held.length < MAX_HEADER_CHARS && MAYBE_HEADER.test(held))) return ''
    const ready = release()
    inText = true
    return ready
  }

  /** A header came: the one before the reply is dropped, any other ends it. */
  function open(headerChars: number, role = ''): string {
    const rest = held.slice(headerChars)
    held = ''
    if (atStart && mayRepeatHeader && role.toLowerCase() === 'assistant') {
      mayRepeatHeader = false
      return hold(rest)
    }
    done = true
    return ''
  }

  return {
    push(text) {
      let ready = ''
      for (const part of text.split(/(?=\n)/)) {
        if (done) break
        ready += read(part)
      }
      return ready
    },
    end: release,
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
