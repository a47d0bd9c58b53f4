/**
 * The turns that a page shows: as many of the newest as fit, since a page must open fast whatever
 * its turns hold. The others are not rendered at all.
 */

import type { SavedTurn } from '../conversation/turn.ts'
import { textOf } from '../model/content.ts'
import { TurnBubbles } from './message.tsx'
import type { Texts } from './texts/texts.ts'

export interface Thread {
  /** The bubbles in order, as HTML. */
  readonly html: string
  /** How many turns they show, counted from the newest. */
  readonly count: number
}

/**
 * Bytes of HTML. With the page around it and the longest message in its box, it stays under a
 * million.
 */
const MAX_BYTES = 780_000
/** How much is shown of each text of a turn that is too large by itself, in characters. */
const MAX_CUT_CHARS = 20_000

/**
 * Renders the newest turns that fit together, and at least one. A single turn that is too large is
 * cut, and shown as Markdown source.
 */
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
