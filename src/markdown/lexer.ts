/**
 * Reads Markdown by `marked`, within limits: hostile text must not cost more than its length.
 * marked calls itself for nested blocks, tries quotes again for each lazy line, and looks for the
 * end of emphasis and tables from every line. What goes beyond a limit stays plain: an outermost
 * block, or the rest of a paragraph. test/both/markdown.test.ts says what it takes with these
 * limits.
 */

import { Lexer, type Links, type Token, type Tokens, type TokensList } from 'marked'
import { frugalRules } from './rules.ts'
import { type Allowances, BoundedTokenizer, TooMuchWork } from './tokenizer.ts'
import { Work } from './work.ts'

/**
 * A longer paragraph is read in pieces of this length, and its end is not repaired; prose is far
 * below it.
 */
export const MAX_INLINE_CHARS = 3000
/** Emphasis and links in each other. */
const MAX_INLINE_DEPTH = 16
/**
 * A paragraph or piece of one that is longer, and more of whose characters are marks, is not
 * searched for them.
 */
const DENSE_CHARS = 500
const DENSITY = 1 / 3
/** How many paragraphs, cells and headings are searched for marks. */
const MAX_INLINE_RUNS = 4000
/** In a text of these characters there is no mark. */
const UNMARKED = /^[A-Za-z0-9 ,;()'"-]*$/

/** The work of reading marks that each character allows, and each text with marks. */
const UNITS_PER_CHAR = 40
const UNITS_PER_RUN = 500
/** What small texts may always use. */
const FREE_UNITS = 20_000
/** Another text to search for marks. */
const RUN_UNITS = 150
/** The targets of references to links fill the HTML: this much, and as much as the source has. */
const FREE_TARGET_CHARS = 1000

/**
 * Definitions of link targets, by label. Made by `createLinkTargets` only: a label can be
 * `__proto__`.
 */
export type LinkTargets = Links

/** @param known targets to begin with; they are copied */
export function createLinkTargets(known: LinkTargets = {}): LinkTargets {
  return Object.assign(Object.create(null), known)
}

/**
 * An outermost block as marked reads it, or source that is shown as it is, because it is too much
 * work to read.
 */
export type Block =
  | { readonly kind: 'read'; readonly source: string; readonly token: Token }
  | { readonly kind: 'plain'; readonly source: string }

export interface Reading {
  readonly blocks: Block[]
  /** What it cost, in units of `Work`. */
  readonly units: number
}

/**
 * Reads a text as a list of blocks.
 *
 * @param text with no line ends but line feeds
 * @param links targets that are known already; those of this text are added
 * @throws RangeError for what is too deep for the stack
 */
export function readBlocks(text: string, links: LinkTargets): Reading {
  const allowed = {
    blocks: new Work(FREE_UNITS),
    inlines: new Work(FREE_UNITS),
    targets: new Work(FREE_TARGET_CHARS + text.length),
  }
  const lexer = new BoundedLexer(links, allowed)
  const blocks: Block[] = []
  for (let at = 0; at < text.length; ) at += lexer.readBlocks(text.slice(at), blocks)
  // What waits for its marks to be read is read when all targets are known.
  lexer.lex('')
  return { blocks, units: allowed.blocks.spent + allowed.inlines.spent }
}

class BoundedLexer extends Lexer {
  readonly #tokenizer: BoundedTokenizer
  readonly #allowed: Allowances
  #depth = 0
  #runs = 0

  constructor(links: LinkTargets, allowed: Allowances) {
    const tokenizer = new BoundedTokenizer(allowed)
    super({ gfm: true, breaks: true, tokenizer })
    tokenizer.rules = frugalRules(tokenizer.rules)
    this.tokens.links = links
    this.#tokenizer = tokenizer
    this.#allowed = allowed
  }

  /**
   * Reads blocks to the end of the text, or to that of a block that is too much work.
   *
   * @returns how many characters were read
   */
  readBlocks(text: string, blocks: Block[]): number {
    const tokens: Token[] = []
    const tokenizer = this.#tokenizer
    tokenizer.begin(text)
    let plain = ''
    try {
      this.blockTokens(text, tokens)
    } catch (error) {
      if (!(error instanceof TooMuchWork)) throw error
      plain = text.slice(tokenizer.blockStart, tokenizer.blockEnd)
      this.inlineQueue.length = tokenizer.queued
      this.state.top = true
      // What follows must not pay for it.
      this.#allowed.blocks.earn(-this.#allowed.blocks.left)
    }
    for (const token of tokens) blocks.push({ kind: 'read', source: token.raw, token })
    if (plain === '') return text.length
    blocks.push({ kind: 'plain', source: plain })
    return tokenizer.blockEnd
  }

  override blockTokens(src: string, tokens?: Token[], clipped?: boolean): Token[]
  override blockTokens(src: string, tokens?: TokensList, clipped?: boolean): TokensList
  override blockTokens(src: string, tokens: Token[] = [], clipped = false): Token[] {
    return this.#tokenizer.within(() => super.blockTokens(src, tokens, clipped))
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (UNMARKED.test(src)) {
      if (src !== '') tokens.push(plainText(src))
      return tokens
    }
    this.#runs += 1
    const { inlines } = this.#allowed
    const isOuter = this.#depth === 0
    if (isOuter) inlines.earn(UNITS_PER_CHAR * src.length + UNITS_PER_RUN)
    inlines.spend(RUN_UNITS)
    const isPlain = this.#runs > MAX_INLINE_RUNS || this.#depth >= MAX_INLINE_DEPTH
    this.#depth += 1
    for (let rest = src; rest !== ''; ) {
      const raw = isPlain ? rest : rest.slice(0, pieceEnd(rest))
      if (isPlain || inlines.left < 0 || (isOuter && isDense(raw))) tokens.push(plainText(raw))
      else super.inlineTokens(raw, tokens)
      rest = rest.slice(raw.length)
    }
    this.#depth -= 1
    return tokens
  }
}

const plainText = (raw: string): Tokens.Text => ({ type: 'text', raw, text: raw, escaped: false })

/**
 * Whether a text is made of marks rather than words: nothing that is meant to be read has so many.
 */
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
