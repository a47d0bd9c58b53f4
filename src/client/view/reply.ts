/**
 * A reply while it grows. The server renders it block by block. Words that came since the last
 * rendering stand at the end as plain text, so that they are seen at once. All that comes within a
 * frame is drawn together.
 */

import { addCodeButtons } from './copy.ts'
import { textOf } from './thread.ts'

/**
 * Blocks that may end with plain words. A table or a rule may not: there, words wait for the
 * server.
 */
const OPEN = 'div, p, ul, ol, li, blockquote, h3, h4, h5, h6, figure, pre, code, span, em, strong'

export interface GrowingReply {
  /** True once there was a word. */
  readonly started: boolean
  addText(text: string): void
  /** HTML that the server rendered and made safe. It replaces all text that came before it. */
  setBlock(block: number, html: string): void
  /** Draws what is there now. */
  freeze(): void
  /** Shows the whole reply, which is complete now. */
  finish(source: string): void
}

export function createReply(message: HTMLElement): GrowingReply {
  const place = textOf(message)
  const blocks = new Map<number, HTMLElement>()
  const changed = new Map<number, string>()
  let started = false
  let all = ''
  let tail = ''
  let tailNodes: Element[] = []
  let frame = 0

  function drawSoon(): void {
    started = true
    frame ||= requestAnimationFrame(draw)
  }

  function draw(): void {
    frame = 0
    // Not earlier: the page would move between an empty message and its first word.
    if (message.dataset['state'] === 'waiting') place.textContent = ''
    message.dataset['state'] = 'growing'
    for (const node of tailNodes) node.remove()
    for (const [block, html] of changed) drawBlock(block, html)
    changed.clear()
    tailNodes = tail === '' ? [] : drawTail()
  }

  function drawBlock(block: number, html: string): void {
    const element = blocks.get(block) ?? document.createElement('div')
    element.className = 'block'
    // The one place where the script sets HTML. The server rendered it for this reply, and escaped
    // what the model said. There is a line end between two blocks, as in the server's page.
    element.innerHTML = (block > 0 ? '\n' : '') + html.trim()
    if (html === '') {
      element.remove()
      blocks.delete(block)
    } else if (!blocks.has(block)) {
      blocks.set(block, element)
      const next = Math.min(...[...blocks.keys()].filter((other) => other > block))
      place.insertBefore(element, blocks.get(next) ?? null)
      const previous = element.previousElementSibling
      if (previous) addCodeButtons(previous)
    }
  }

  /**
   * The words continue the last paragraph, list entry or line of code. After an empty line they
   * begin a paragraph of their own.
   */
  function drawTail(): Element[] {
    let end: Element = place
    while (end.lastElementChild?.matches(OPEN)) end = end.lastElementChild
    const inCode = end.closest('figure') !== null
    const pieces = inCode ? [tail] : tail.replace(/\*\*|`+|^#+ /gm, '').split(/\n{2,}/)
    return pieces.map((piece, index) => {
      const goesOn = index === 0 && end !== place
      const node = document.createElement(goesOn ? 'span' : 'p')
      node.textContent = piece
      if (goesOn) end.append(node)
      else place.append(node)
      return node
    })
  }

  function freeze(): void {
    cancelAnimationFrame(frame)
    draw()
    addCodeButtons(place)
    delete message.dataset['state']
    message.dataset['source'] = all.trim()
  }

  return {
    get started() {
      return started
    },
    addText(text) {
      all += text
      tail += text
      drawSoon()
    },
    setBlock(block, html) {
      tail = ''
      changed.set(block, html)
      drawSoon()
    },
    freeze,
    finish(source) {
      // The same as the server's page will hold: HTML keeps no lone surrogates and no carriage
      // returns.
      all = source.toWellFormed().replace(/\r\n?/g, '\n')
      // The blocks are complete now, even if the last text was blank.
      if (blocks.size + changed.size > 0) tail = ''
      if (!started) drawSoon()
      freeze()
      if (blocks.size > 0) return
      place.classList.add('raw')
      place.dir = 'auto'
      place.textContent = source
    },
  }
}
