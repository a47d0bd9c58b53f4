/**
 * Renders the Markdown of a reply while it is being written. A block is closed when a later one has
 * begun on a complete line; from then on it is not read again. What is still open is read anew each
 * time, with its end repaired for display, as often as the length of the reply allows.
 */

import type { HtmlBlock } from '../wire.ts'
import { createLinkTargets } from './lexer.ts'
import { type RenderedBlock, renderBlocks } from './markdown.ts'
import { repairUnfinished } from './unfinished.ts'
import { Work } from './work.ts'

/**
 * An open block that is longer waits until it has grown by this part of itself: sending it again
 * and again would fill a slow line.
 */
const LONG_CHARS = 1500
const GROWTH = 1 / 16
/** The reading that each character allows, in units of `Work`, and that every reply may have. */
const UNITS_PER_CHAR = 36
const FREE_UNITS = 700_000
/** The HTML that each character allows, in characters, and that every reply may have. */
const HTML_CHARS_PER_CHAR = 28
const FREE_HTML_CHARS = 50_000
/** What reading the open block costs beside what its marks do. */
const READ_UNITS = 80
const READ_UNITS_PER_CHAR = 2
const READ_UNITS_PER_BLOCK = 40
const WRITE_UNITS_PER_CHAR = 0.15
/** Repairing the end of the open block, of which little may be left to read. */
const REPAIR_UNITS_PER_CHAR = 3
/** The open block is read with a copy of the targets that are known. */
const COPY_UNITS_PER_TARGET = 20

export interface MarkdownStream {
  /** Takes the next piece of the reply. Costs nothing but its length. */
  push(text: string): void
  /**
   * The blocks that changed since they were last taken. Reads the open block again: the caller
   * decides how often, and four times a second is enough for the eye. An open block of over 1,500
   * characters changes in larger steps. So does any when reading it has cost too much for the
   * length of the reply: all calls together cost no more than a small multiple of it.
   */
  take(): HtmlBlock[]
  /**
   * What makes the blocks those of the whole reply: all of them in order are then exactly what
   * `renderMarkdown` makes of it. A block that is gone is sent with empty HTML. Links whose target
   * came late are mended here.
   *
   * @param reply what was pushed, trimmed, and without what was cut off at its end
   */
  finish(reply: string): HtmlBlock[]
}

/** The source behind the closed blocks. */
interface OpenPart {
  source: string
  /** The headings under which it stands. */
  headings: readonly number[]
  /** Its length when it was last searched for closed blocks. */
  searchedChars: number
  /** Its length when it was last rendered. */
  renderedChars: number
}

/** What the last call of `take` read, and what that cost. */
interface LastTake {
  readonly chars: number
  readonly units: number
  readonly htmlChars: number
}

export function createMarkdownStream(): MarkdownStream {
  const links = createLinkTargets()
  const open: OpenPart = { source: '', headings: [], searchedChars: 0, renderedChars: 0 }
  let last: LastTake = { chars: 1, units: 0, htmlChars: 0 }
  /** The HTML of each block as it was last sent. */
  const sent: string[] = []
  let closedCount = 0
  const reading = new Work(FREE_UNITS)
  const sending = new Work(FREE_HTML_CHARS)

  function render(text: string, known = links): readonly RenderedBlock[] {
    const { blocks, units } = renderBlocks(text, known, open.headings)
    const shared = READ_UNITS + READ_UNITS_PER_CHAR * text.length
    const htmlChars = blocks.reduce((sum, { html }) => sum + html.length, 0)
    const written = READ_UNITS_PER_BLOCK * blocks.length + WRITE_UNITS_PER_CHAR * htmlChars
    reading.spend(shared + units + written)
    return blocks
  }

  /**
   * Whether there is enough left to read and send the open source again, judged by what it cost the
   * last time.
   */
  function mayRender(): boolean {
    const { length } = open.source
    if (length === open.renderedChars) return false
    if (length > LONG_CHARS && length - open.renderedChars < length * GROWTH) return false
    const growth = length / last.chars
    return reading.left >= last.units * growth && sending.left >= last.htmlChars * growth
  }

  /** Takes the blocks off the open source that a complete line has closed. */
  function closeBlocks(): string[] {
    const complete = open.source.lastIndexOf('\n') + 1
    if (complete <= open.searchedChars) return []
    open.searchedChars = complete
    const blocks = render(open.source.slice(0, complete))
    const growing = blocks.findLastIndex(({ html }) => html !== '')
    const done = blocks.slice(0, Math.max(0, growing))
    const source = done.map((block) => block.source).join('')
    // A block's source is a piece of the text, unless marked had to change it; then it stays open.
    if (!open.source.startsWith(source)) return []
    open.source = open.source.slice(source.length)
    open.searchedChars -= source.length
    open.headings = done.at(-1)?.headings ?? open.headings
    return shownOf(done)
  }

  /**
   * The blocks from `first` on that are not yet sent like this; those that are gone are emptied.
   */
  function changes(first: number, htmls: readonly string[]): HtmlBlock[] {
    const all = [...htmls, ...sent.slice(first + htmls.length).map(() => '')]
    return all.flatMap((html, i) => {
      const block = first + i
      if (sent[block] === html) return []
      sent[block] = html
      sending.spend(html.length)
      return [{ block, html }]
    })
  }

  return {
    push(text) {
      // The reply is trimmed at its end; at its start it must be now, since blanks there can mean
      // code.
      open.source = open.source === '' && closedCount === 0 ? text.trimStart() : open.source + text
      reading.earn(UNITS_PER_CHAR * text.length)
      sending.earn(HTML_CHARS_PER_CHAR * text.length)
    },
    take() {
      if (!mayRender()) return []
      const { spent } = reading
      const chars = Math.max(1, open.source.length)
      // The line feed that belongs to a carriage return may still be on its way.
      const held = open.source.endsWith('\r') ? '\r' : ''
      open.source = open.source.slice(0, open.source.length - held.length).replace(/\r\n?/g, '\n')
      const done = closeBlocks()
      reading.spend(REPAIR_UNITS_PER_CHAR * open.source.length)
      reading.spend(COPY_UNITS_PER_TARGET * Object.keys(links).length)
      const growing = shownOf(render(repairUnfinished(open.source), createLinkTargets(links)))
      open.renderedChars = open.source.length
      open.source += held
      const htmls = [...done, ...growing]
      last = {
        chars,
        units: reading.spent - spent,
        htmlChars: htmls.reduce((sum, html) => sum + html.length, 0),
      }
      closedCount += done.length
      return changes(closedCount - done.length, htmls)
    },
    finish(reply) {
      return changes(0, shownOf(renderBlocks(reply).blocks))
    },
  }
}

function shownOf(blocks: readonly RenderedBlock[]): string[] {
  return blocks.map(({ html }) => html).filter((html) => html !== '')
}
