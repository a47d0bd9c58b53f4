/**
 * The turns that a page shows: the newest first, as many as fit, since a page must open fast whatever its turns hold. What does not fit
 * is not even rendered.
 */

import type { SavedTurn } from '../conversation/turn.ts'
import { textOf } from '../model/content.ts'
import { TurnBubbles } from './message.tsx'
import type { Texts } from './texts/texts.ts'

export interface Thread {
  /** The bubbles in order, as HTML. */
  readonly html: string
  /** How many turns they show: the newest ones. */
  readonly count: number
}

/** Bytes of HTML: the page around it, with the longest message in its box, then stays under a million. */
const MAX_BYTES = 780_000
/** What is shown of each text of a turn that is too large itself. */
const MAX_CUT_CHARS = 20_000

/** Renders the newest turns that fit together, at least one. One that is too large itself is cut and shown without its Markdown. */
export function renderThread(
  turns: readonly SavedTurn[],
  texts: Texts,
  maxBytes: number = MAX_BYTES,
): Thread {
  const parts: string[] = []
  let left = maxBytes
  for (const turn of turns.toReversed()) {
    const whole = String(<TurnBubbles turn={turn} texts={texts} />)
    const fits = countBytes(whole) <= left
    if (!fits && parts.length > 0) break
    const html = fits ? whole : renderCut(turn, texts)
    parts.push(html)
    left -= countBytes(html)
  }
  return { html: parts.reverse().join(''), count: parts.length }
}

function renderCut({ id, user, assistant, stopped }: SavedTurn, texts: Texts): string {
  const turn = { id, user: cut(textOf(user)), assistant: cut(assistant), stopped }
  return String(<TurnBubbles turn={turn} texts={texts} whole="/history?format=md" />)
}

function cut(text: string): string {
  return text.length > MAX_CUT_CHARS ? `${text.slice(0, MAX_CUT_CHARS)} […]` : text
}

/** Of UTF-8, without making it. */
function countBytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // Half of a pair takes two bytes of four.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}
