/** What a conversation is called in a list. */

import { textOf } from '../model/content.ts'
import type { Turn } from './turn.ts'

/** Longest name that a visitor may give, in characters (code points). */
export const MAX_TITLE_CHARS = 80
/** A title that is cut from a question is shorter: it shall fit into the list. */
const MAX_CUT_CHARS = 60
const ELLIPSIS = '…'

/** What of a conversation tells its title. */
export interface Titled {
  readonly name?: string
  readonly title?: string
  readonly turns: readonly Turn[]
}

/**
 * The name that the visitor gave, else the beginning of the first question; empty while nothing was
 * said.
 */
export function titleOf(conversation: Titled): string {
  return conversation.name ?? firstQuestionOf(conversation)
}

/** The beginning of the first question; empty while nothing was said. */
export function firstQuestionOf({ title, turns }: Titled): string {
  return title ?? cutTitle(textOf(turns[0]?.user ?? ''))
}

/**
 * A question as a title: one line without the commonest marks of Markdown, cut between words.
 *
 *     "## Hello,\nhow **do** I …"     Hello, how do I …
 */
export function cutTitle(question: string): string {
  // Nothing after this can be in the title.
  const beginning = toLine(question.slice(0, 20 * MAX_CUT_CHARS))
  return shorten(beginning.replace(/^(?:[#>*`-]+ ?)+|\*\*|`/g, '') || beginning, MAX_CUT_CHARS)
}

/** One line without controls, and without blanks around it; empty when nothing in it can be seen. */
export function toLine(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(line) ? line : ''
}

/** Cuts a line to so many characters, the sign that it was cut included; between words if it can. */
export function shorten(line: string, maxChars: number): string {
  const characters = [...line]
  if (characters.length <= maxChars) return line
  if (maxChars < 1) return ''
  const cut = characters.slice(0, maxChars - 1).join('')
  const space = cut.lastIndexOf(' ')
  const words = space > cut.length / 2 ? cut.slice(0, space) : cut
  return `${words.replace(/[\s,.;:–-]{1,8}$/u, '')}${ELLIPSIS}`
}

/** True for what `shorten` may have made of the line, or the line itself. */
export function isShortened(short: string, line: string): boolean {
  if (short === line || short === '') return true
  return short.endsWith(ELLIPSIS) && line.startsWith(short.slice(0, -ELLIPSIS.length))
}
