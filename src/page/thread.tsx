/**
 * The turns that a page shows: as many of the newest as fit, since a page must open fast whatever
 * its turns hold. The others are not rendered at all.
 */

import type { SavedTurn } from '../conversation/turn.ts'
import { textOf } from '../model/content.ts'
import type { Texts } from './texts/texts.ts'
import { TurnMessages, type TurnProps } from './turn.tsx'

export interface Thread {
  /** The messages in order, as HTML. */
  readonly html: string
  /** How many turns they show, counted from the newest. */
  readonly count: number
}

/** How a page shows its turns. */
export interface ThreadView {
  readonly texts: Texts
  /** Where the conversation lives. Null where it can only be read. */
  readonly base: string | null
  /** True when the last of the turns is the conversation's last. */
  readonly isNewest: boolean
}

/**
 * Bytes of HTML. With the page around it, a list of a hundred conversations and the longest message
 * in its box, it stays under a million.
 */
const MAX_BYTES = 550_000
/** How much is shown of each text of a turn that is too large by itself, in characters. */
const MAX_CUT_CHARS = 20_000

/**
 * Renders the newest turns that fit together, and at least one. A single turn that is too large is
 * cut, and shown as Markdown source.
 */
export function renderThread(
  turns: readonly SavedTurn[],
  { texts, base, isNewest }: ThreadView,
  maxBytes: number = MAX_BYTES,
): Thread {
  const parts: string[] = []
  let left = maxBytes
  for (const turn of turns.toReversed()) {
    const props = { turn, texts, base, isLast: isNewest && parts.length === 0 }
    const whole = String(<TurnMessages {...props} />)
    const fits = countBytes(whole) <= left
    if (!fits && parts.length > 0) break
    const html = fits ? whole : renderCut(props)
    parts.push(html)
    left -= countBytes(html)
  }
  return { html: parts.reverse().join(''), count: parts.length }
}

function renderCut(props: TurnProps): string {
  const { id, user, assistant, stopped } = props.turn
  const turn = { id, user: cut(textOf(user)), assistant: cut(assistant), stopped }
  return String(<TurnMessages {...props} turn={turn} isCut />)
}

function cut(text: string): string {
  return text.length > MAX_CUT_CHARS ? `${text.slice(0, MAX_CUT_CHARS)} […]` : text
}

/** The bytes of a text in UTF-8, counted without encoding it. */
function countBytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A surrogate is half of a character of four bytes.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}
