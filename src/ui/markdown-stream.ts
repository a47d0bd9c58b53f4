/**
 * Renders the Markdown of a reply while it is being written. A block is closed when a later one has begun on a complete line; from
 * then on it is not read again. What is still open is read anew each time, with its end repaired for display.
 */

import type { HtmlBlock } from '../wire.ts'
import { renderBlocks } from './markdown.ts'
import { createLinkTargets } from './markdown-lexer.ts'
import { repairUnfinished } from './unfinished.ts'

/** An open block that is longer waits until it has grown by this part of itself: sending it again and again would fill a slow line. */
const LONG_CHARS = 1500
const GROWTH = 1 / 16

export interface MarkdownStream {
  /** Takes the next piece of the reply. Costs nothing but its length. */
  push(text: string): void
  /**
   * The blocks that changed since they were last taken. Reads the open block again: the caller decides how often, and four
   * times a second is enough for the eye. An open block of over 1,500 characters changes in larger steps.
   */
  take(): HtmlBlock[]
  /**
   * What makes the blocks those of the whole reply: all of them in order are then exactly what `renderMarkdown` makes of it. A
   * block that is gone is sent with empty HTML. Links whose target came late are mended here.
   *
   * @param reply what was pushed, trimmed, and without what was cut off at its end
   */
  finish(reply: string): HtmlBlock[]
}

export function createMarkdownStream(): MarkdownStream {
  const links = createLinkTargets()
  /** The headings under which the open source stands. */
  let headings: readonly number[] = []
  /** The HTML of each block as it was last sent. */
  const sent: string[] = []
  /** So many of them are closed. */
  let closed = 0
  /** The source behind the closed blocks. */
  let open = ''
  /** So much of it had been looked at when it was last searched for closed blocks. */
  let searched = 0
  /** How long it was when it was last rendered. */
  let rendered = 0

  /** Takes the blocks off the open source that a complete line has closed. */
  function close(): string[] {
    const complete = open.lastIndexOf('\n') + 1
    if (complete <= searched) return []
    searched = complete
    const blocks = renderBlocks(open.slice(0, complete), links, headings)
    const last = blocks.findLastIndex(({ html }) => html !== '')
    const done = blocks.slice(0, Math.max(0, last))
    const source = done.map((block) => block.source).join('')
    // A block's source is a piece of the text, unless marked had to change it; then it stays open.
    if (!open.startsWith(source)) return []
    open = open.slice(source.length)
    searched -= source.length
    headings = done.at(-1)?.headings ?? headings
    return shownOf(done)
  }

  /** The blocks from `first` on that are not yet sent like this; those that are gone are emptied. */
  function changes(first: number, htmls: readonly string[]): HtmlBlock[] {
    const all = [...htmls, ...sent.slice(first + htmls.length).map(() => '')]
    return all.flatMap((html, i) => {
      const block = first + i
      if (sent[block] === html) return []
      sent[block] = html
      return [{ block, html }]
    })
  }

  return {
    push(text) {
      // The reply is trimmed at its end; at its start it must be now, since blanks there can mean code.
      open = open === '' && closed === 0 ? text.trimStart() : open + text
    },
    take() {
      if (open.length > LONG_CHARS && open.length - rendered < open.length * GROWTH) return []
      // The line feed that belongs to a carriage return may still be on its way.
      const held = open.endsWith('\r') ? '\r' : ''
      open = open.slice(0, open.length - held.length).replace(/\r\n?/g, '\n')
      const done = close()
      const growing = shownOf(
        renderBlocks(repairUnfinished(open), createLinkTargets(links), headings),
      )
      rendered = open.length
      open += held
      const first = closed
      closed += done.length
      return changes(first, [...done, ...growing])
    },
    finish(reply) {
      return changes(0, shownOf(renderBlocks(reply)))
    },
  }
}

function shownOf(blocks: readonly { readonly html: string }[]): string[] {
  return blocks.map(({ html }) => html).filter((html) => html !== '')
}
