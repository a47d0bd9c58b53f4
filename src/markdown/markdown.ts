/**
 * Renders the Markdown of a message as safe HTML: CommonMark with the tables, strikethrough, task
 * lists and bare addresses of GitHub, read by `marked`, written here. Only what this file writes
 * can be in the result: HTML in the source is text, and no attribute is taken from the source but a
 * checked address and the number that a list starts with.
 *
 * A line end inside a paragraph is a line break, as in GitHub's comments: models write verses,
 * addresses and "Name: value" lines that way, and do not wrap prose.
 */

import type { MarkedToken, Token, Tokens } from 'marked'
import { escapeHtml, escapeText, highlight } from './highlight.ts'
import { type Block, createLinkTargets, readBlocks } from './lexer.ts'

/** A text of more lines is shown as it is; 64,000 characters of prose or code have about 2,000. */
const MAX_LINES = 3000
/** Characters of HTML that a character of text may make. A text that makes more stays as it is. */
const MAX_HTML_FACTOR = 12
/** Small texts may always make as much. */
const FREE_HTML_CHARS = 2000
/**
 * The page has an `h1` and each message an `h2`: a reply's first heading is an `h3`, and none skips
 * a level.
 */
const FIRST_LEVEL = 3
const NAMED = new Map([
  ['amp', '&'],
  ['quot', '"'],
  ['lt', '<'],
  ['gt', '>'],
])

/** A block of the source: its Markdown, and its HTML, which is empty for what shows nothing. */
export interface RenderedBlock {
  readonly source: string
  readonly html: string
  /** The depths of the headings that this block and what follows it stand under. */
  readonly headings: readonly number[]
}

export interface Rendering {
  readonly blocks: readonly RenderedBlock[]
  /** What it cost, in units of `Work`. */
  readonly units: number
}

/**
 * Renders a whole text. Never throws; takes time in proportion to the text's length, and makes at
 * most 12 characters of HTML of one of the text, and 2,000 more.
 */
export function renderMarkdown(source: string): string {
  return renderBlocks(source)
    .blocks.map(({ html }) => html)
    .join('')
}

/**
 * Renders a text block by block.
 *
 * @param links targets that are known from text before this one; those of this text are added
 * @param headings what the text stands under
 */
export function renderBlocks(
  source: string,
  links = createLinkTargets(),
  headings: readonly number[] = [],
): Rendering {
  const text = source.toWellFormed().replace(/\r\n?/g, '\n')
  if (text.trim() === '') return { blocks: [], units: 0 }
  const plain = { blocks: [{ source: text, html: plainHtml(text), headings }], units: text.length }
  if (text.split('\n', MAX_LINES + 1).length > MAX_LINES) return plain
  try {
    const { blocks, units } = readBlocks(text, links)
    return { blocks: blocksInBounds(blocks, new Outline(headings)), units }
  } catch {
    // Too deep for the stack.
    return plain
  }
}

/**
 * The HTML of each block. What would make too much of it is plain, and plain neighbours are one
 * block.
 */
function blocksInBounds(blocks: readonly Block[], outline: Outline): RenderedBlock[] {
  const rendered: RenderedBlock[] = []
  let leftChars = FREE_HTML_CHARS
  let plain: string[] = []
  const endPlain = () => {
    const source = plain.join('')
    if (source !== '') {
      rendered.push({ source, html: plainHtml(source), headings: outline.depths })
    }
    plain = []
  }
  for (const block of blocks) {
    leftChars += MAX_HTML_FACTOR * block.source.length
    const html = block.kind === 'read' ? blockHtml(block.token, true, outline) : null
    const isPlain = html === null || html.length > leftChars
    leftChars -= isPlain ? plainHtml(block.source).length : html.length
    if (isPlain) plain.push(block.source)
    else {
      endPlain()
      rendered.push({ source: block.source, html, headings: outline.depths })
    }
  }
  endPlain()
  return rendered
}

const plainHtml = (text: string): string => `<p class="plain" dir="auto">${escapeHtml(text)}</p>\n`

/** Gives each heading the level that follows from those before it. */
class Outline {
  depths: readonly number[]

  constructor(depths: readonly number[]) {
    this.depths = depths
  }

  levelOf(depth: number): number {
    this.depths = [...this.depths.filter((above) => above < depth), depth]
    return Math.min(FIRST_LEVEL - 1 + this.depths.length, 6)
  }
}

/**
 * @param outer whether the block stands in no other block: the outermost decides the direction of
 * its text
 */
function blockHtml(token: Token, outer: boolean, outline: Outline): string {
  const known = knownToken(token)
  const dir = outer ? ' dir="auto"' : ''
  switch (known.type) {
    case 'paragraph':
      return `<p${dir}>${inlineHtml(known.tokens)}</p>\n`
    case 'text':
      return inlineHtml(known.tokens ?? [known])
    case 'heading': {
      const level = outline.levelOf(known.depth)
      return `<h${level}${dir}>${inlineHtml(known.tokens)}</h${level}>\n`
    }
    case 'code':
      return codeHtml(known)
    case 'blockquote':
      return `<blockquote${dir}>\n${blocksHtml(known.tokens, outline)}</blockquote>\n`
    case 'list':
      return listHtml(known, dir, outline)
    case 'checkbox':
      return checkboxHtml(known)
    case 'table':
      return tableHtml(known, dir)
    case 'hr':
      return '<hr>\n'
    default:
      return ''
  }
}

/**
 * Without extensions marked makes no other tokens; what it might make in a later version is shown
 * as its source.
 */
const knownToken = (token: Token): MarkedToken => token as MarkedToken

const blocksHtml = (tokens: readonly Token[], outline: Outline): string =>
  tokens.map((token) => blockHtml(token, false, outline)).join('')

function codeHtml({ text, lang }: Tokens.Code): string {
  const language = lang?.match(/^[\w+#.-]{1,24}(?=\s|$)/)?.[0] ?? ''
  const caption = language && `<figcaption>${language}</figcaption>`
  const code = highlight(text, language)
  return `<figure class="code">${caption}<pre tabindex="0"><code>${code}</code></pre></figure>\n`
}

function listHtml({ ordered, start, items }: Tokens.List, dir: string, outline: Outline): string {
  const tag = ordered ? 'ol' : 'ul'
  // A list goes on counting after a code block that stands between its items.
  const from = ordered && start !== 1 ? ` start="${Number(start)}"` : ''
  const rows = items.map((item) => {
    const task = item.task ? ' class="task"' : ''
    return `<li${task}>${blocksHtml(item.tokens, outline)}</li>\n`
  })
  return `<${tag}${from}${dir}>\n${rows.join('')}</${tag}>\n`
}

/**
 * A character and no checkbox: there is nothing to check here, and a character needs no label of
 * its own.
 */
function checkboxHtml({ checked }: Tokens.Checkbox): string {
  const label = checked ? 'Done' : 'To do'
  return `<span role="img" aria-label="${label}">${checked ? '☑' : '☐'}</span> `
}

function tableHtml({ header, rows }: Tokens.Table, dir: string): string {
  const body = rows.map((row) => rowHtml(row)).join('')
  return (
    `<div class="table" role="group" aria-label="Table" tabindex="0"><table${dir}>\n` +
    `<thead>\n${rowHtml(header)}</thead>\n${body && `<tbody>\n${body}</tbody>\n`}</table></div>\n`
  )
}

function rowHtml(cells: readonly Tokens.TableCell[]): string {
  const html = cells.map(({ align, header, text, tokens }) => {
    const [tag, open] = header && text !== '' ? ['th', 'th scope="col"'] : ['td', 'td']
    return `<${open}${align ? ` class="${align}"` : ''}>${inlineHtml(tokens)}</${tag}>`
  })
  return `<tr>${html.join('')}</tr>\n`
}

/** @param inLink whether this is the text of a link, which can hold no other */
function inlineHtml(tokens: readonly Token[], inLink = false): string {
  return tokens.map((token) => spanHtml(knownToken(token), inLink)).join('')
}

function spanHtml(token: MarkedToken, inLink: boolean): string {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return `<${token.type}>${inlineHtml(token.tokens, inLink)}</${token.type}>`
    case 'codespan':
      return `<code>${escapeHtml(token.text)}</code>`
    case 'br':
      return '<br>\n'
    case 'checkbox':
      return checkboxHtml(token)
    case 'link':
    case 'image':
      return linkHtml(token, inLink)
    case 'text':
      return token.tokens ? inlineHtml(token.tokens, inLink) : escapeText(token.text)
    case 'escape':
      return escapeHtml(token.text)
    default:
      return escapeHtml(token.raw)
  }
}

/**
 * A picture is a link to it, so that nothing is loaded from anywhere. A link that leads nowhere
 * safe is only its text.
 */
function linkHtml(token: Tokens.Link | Tokens.Image, inLink: boolean): string {
  const text = inlineHtml(token.tokens, true)
  const address = inLink ? null : safeAddress(token.href)
  if (address === null) return text
  return `<a href="${address}" rel="noopener noreferrer nofollow">${text.trim() || address}</a>`
}

/**
 * The address as a value of `href`, or null for every other scheme, and for relative ones. What is
 * checked is what the browser will read: character references are decoded before, and what is left
 * of `&` is escaped after.
 */
function safeAddress(href: string): string | null {
  const decoded = href
    .replace(
      /&#(?:x([\da-f]{1,6})|(\d{1,7}));?|&(amp|quot|lt|gt);/gi,
      (reference, hex, dec, name) =>
        name
          ? (NAMED.get(name.toLowerCase()) ?? reference)
          : character(hex ? parseInt(hex, 16) : Number(dec)),
    )
    .trim()
  if (!/^(?:https?:\/\/[^\s/\\?#]|mailto:[^\s/\\])/i.test(decoded)) return null
  return escapeHtml(encodeURI(decoded.toWellFormed()).replace(/%25(?=[\da-f]{2})/gi, '%'))
}

function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
}
