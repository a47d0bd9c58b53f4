/**
 * Reads Markdown by `marked`, within limits: hostile text must not cost more than its length. marked calls itself for nested blocks, tries
 * quotes again for each lazy line, and looks for the end of emphasis and tables from every line. What goes beyond a limit
 * stays plain. test/both/markdown.test.ts says what it takes with these limits.
 */

import { Lexer, type Links, type Token, Tokenizer, type Tokens, type TokensList } from 'marked'
import { MAX_INLINE_CHARS } from './unfinished.ts'

/** Quotes and lists in each other. */
const MAX_BLOCK_DEPTH = 12
/** Emphasis and links in each other. */
const MAX_INLINE_DEPTH = 16
/** A paragraph or piece of one that is longer, and more of whose characters are marks, is not searched for them. */
const DENSE_CHARS = 500
const DENSITY = 1 / 3
const MAX_COLUMNS = 200
/** So many paragraphs, cells and headings are searched for marks. */
const MAX_INLINE_RUNS = 4000
/** Nested blocks are read once for each level, and again for lazy lines: so many times the source's length in all. */
const MAX_REREADS = 12
/** Smaller sources may always use as much as one of this length. */
const MIN_BUDGET_CHARS = 500

/** Definitions of link targets, by label. Made by `createLinkTargets` only: a label can be `__proto__`. */
export type LinkTargets = Links

/** @param known targets to begin with; they are copied */
export function createLinkTargets(known: LinkTargets = {}): LinkTargets {
  return Object.assign(Object.create(null), known)
}

/**
 * Reads a text as a list of blocks.
 *
 * @param links targets that are known already; those of this text are added
 * @throws RangeError for what is nested too often or too deep
 */
export function readBlocks(text: string, links: LinkTargets): TokensList {
  const lexer = new BoundedLexer({
    gfm: true,
    breaks: true,
    tokenizer: new BoundedTokenizer(MAX_REREADS * (text.length + MIN_BUDGET_CHARS)),
  })
  lexer.tokens.links = links
  return lexer.lex(text)
}

class BoundedTokenizer extends Tokenizer {
  #depth = 0
  #left: number

  constructor(budgetChars: number) {
    super()
    this.#left = budgetChars
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    return this.#nested(() => super.blockquote(src))
  }

  override list(src: string): Tokens.List | undefined {
    return this.#nested(() => super.list(src))
  }

  override table(src: string): Tokens.Table | undefined {
    const [head = '', delimiters = ''] = src.split('\n', 2)
    // Without this, marked reads to the end of the table before it sees that there is none.
    if (!/[|:]/.test(delimiters) || head.split('|').length > MAX_COLUMNS) return undefined
    return super.table(src)
  }

  override html(): undefined {
    // Markdown between tags is read like any other; without a block of HTML, nothing hides it.
  }

  override tag(src: string): Tokens.Tag | undefined {
    // A tag is kept whole, so that no address in it becomes a link. Unlike with marked's own, nothing behind it changes.
    const raw = this.rules.inline.tag.exec(src)?.[0]
    if (raw === undefined) return undefined
    return { type: 'html', raw, text: raw, block: false, inLink: false, inRawBlock: false }
  }

  #nested<T extends Token>(read: () => T | undefined): T | undefined {
    if (this.#depth >= MAX_BLOCK_DEPTH) return undefined
    this.#depth += 1
    const token = read()
    this.#depth -= 1
    this.#left -= token?.raw.length ?? 0
    if (this.#left < 0) throw new RangeError('Cannot read Markdown: nested too often')
    return token
  }
}

class BoundedLexer extends Lexer {
  #depth = 0
  #runs = 0

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    this.#runs += 1
    const isOuter = this.#depth === 0
    const isPlain = this.#runs > MAX_INLINE_RUNS || this.#depth >= MAX_INLINE_DEPTH
    this.#depth += 1
    for (let rest = src; rest !== ''; ) {
      const raw = isPlain ? rest : rest.slice(0, pieceEnd(rest))
      if (isPlain || (isOuter && isDense(raw))) {
        tokens.push({ type: 'text', raw, text: raw, escaped: false })
      } else super.inlineTokens(raw, tokens)
      rest = rest.slice(raw.length)
    }
    this.#depth -= 1
    return tokens
  }
}

/** Whether a text is made of marks rather than words: nothing that is meant to be read has so many. */
function isDense(text: string): boolean {
  if (text.length <= DENSE_CHARS) return false
  const marks = text.match(/[!-/:-@[-`{-~]| {2}/g) ?? []
  return marks.length > text.length * DENSITY
}

/** Where a paragraph that is too long is cut: before a line end or else a space, if it has one. */
function pieceEnd(text: string): number {
  if (text.length <= MAX_INLINE_CHARS) return text.length
  const line = text.lastIndexOf('\n', MAX_INLINE_CHARS)
  const end = line > 0 ? line : text.lastIndexOf(' ', MAX_INLINE_CHARS)
  return end > 0 ? end : MAX_INLINE_CHARS
}
