/**
 * The tokenizer of `marked`, within limits. It counts the work of every rule that may be tried on
 * the same text more than once, and keeps rules from text that they would only read to find
 * nothing.
 */

import { type Links, type Token, Tokenizer, type Tokens } from 'marked'
import { ABOVE_UNDERLINE } from './rules.ts'
import type { Work } from './work.ts'

/** Quotes and lists in each other. */
const MAX_BLOCK_DEPTH = 12
const MAX_COLUMNS = 200
/**
 * A cell of a table has at least so many characters of its source, on average: short rows are
 * filled up with empty cells.
 */
const MIN_CELL_CHARS = 1.5
/** Smaller tables may be as empty as they like. */
const FREE_CELLS = 50
const QUOTE = /^ {0,3}>/
const LIST = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\n|$)/
/** Marks of lists in one line after which marked looks at all that follow, once for each. */
const MARK_CHAIN = /(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){40}/
/** The work of reading blocks that each character allows. */
const UNITS_PER_CHAR = 32
/**
 * What a list's line costs beside its characters, a block, and another reading of a nested text.
 */
const LINE_UNITS = 60
const BLOCK_UNITS = 60
const COPY_UNITS = 1 / 32
/** What a row and a cell cost beside their characters: reading them, and their tags. */
const ROW_UNITS = 40
const CELL_UNITS = 20
/**
 * What a piece of text with marks costs, and a character that the rules for marks looked at in
 * vain.
 */
const STEP_UNITS = 40
const VAIN_UNITS = 0.3
const VAIN_EMPHASIS_UNITS = 3
/** Text that begins like this is searched for an end by at least one rule. */
const MARK = /^(?:[`<[]|!\[)/
const EMPHASIS = /^(?:\*+|_+|~~?)[^\s*_~]/
/** What may be the name in a mail address: marked looks for its `@` from every mark in it. */
const ADDRESS_WORD = /^[\w.!#$%&'*+/=?`{|}~-]+/
/** What is read in vain of a shorter paragraph is not remembered: reading it again costs less. */
const SHORT_CHARS = 300

/** Thrown when the work of reading blocks is used up; it never leaves the reader. */
export class TooMuchWork extends Error {}

export interface Allowances {
  /** For reading the blocks. When it is used up, a rule throws. */
  readonly blocks: Work
  /** For reading what is in them. When it is used up, the rest of a text is plain. */
  readonly inlines: Work
  /** For the targets of references, in characters. */
  readonly targets: Work
}

export class BoundedTokenizer extends Tokenizer {
  readonly #allowed: Allowances
  /** What is read now, from its outermost block on. */
  #text = ''
  #depth = 0
  /**
   * An underline makes no heading of what has more characters behind it, to the end of the text
   * that is read.
   */
  #maxHeadingChars = Number.POSITIVE_INFINITY
  /** Whether the block that is being read has no line with a chain of marks. */
  #unchained: 'unknown' | boolean = 'unknown'
  /** So many characters were left behind the last plain piece of a text with marks. */
  #charsAfterText = -1
  /** The last character of that piece. */
  #endOfText = ''
  /** Where the outermost block begins that is being read. */
  blockStart = 0
  /** Where it has ended for sure. */
  blockEnd = 0
  /** How many texts waited for their marks to be read when it began. */
  queued = 0

  constructor(allowed: Allowances) {
    super()
    this.#allowed = allowed
  }

  begin(text: string): void {
    this.#text = text
    this.#depth = 0
    this.#maxHeadingChars = Number.POSITIVE_INFINITY
    this.blockStart = 0
    this.blockEnd = 0
  }

  /** Reads a nested text, in which other things are known. */
  within<T>(read: () => T): T {
    const outer = this.#maxHeadingChars
    this.#maxHeadingChars = Number.POSITIVE_INFINITY
    const result = read()
    this.#maxHeadingChars = outer
    return result
  }

  /** The first rule that marked tries at each block. */
  override space(src: string): Tokens.Space | undefined {
    if (this.#depth === 0) this.#beginBlock(this.#text.length - src.length)
    else this.#spend(BLOCK_UNITS)
    // What belongs to the block before is added to its text, which is then copied.
    const { lastToken } = this.lexer.state
    if (lastToken?.type === 'paragraph' || lastToken?.type === 'text') {
      this.#spend(lastToken.raw.length * COPY_UNITS)
    }
    return super.space(src)
  }

  #beginBlock(start: number): void {
    this.blockStart = start
    this.queued = this.lexer.inlineQueue.length
    if (start < this.blockEnd) return
    const end = endOfBlock(this.#text, start)
    this.#unchained = 'unknown'
    this.#allowed.blocks.earn(UNITS_PER_CHAR * (end - this.blockEnd))
    this.blockEnd = end
  }

  #spend(units: number): void {
    this.#allowed.blocks.spend(units)
    if (this.#allowed.blocks.left < 0) throw new TooMuchWork()
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    if (!QUOTE.test(src)) return undefined
    return this.#nested(() => super.blockquote(src))
  }

  override list(src: string): Tokens.List | undefined {
    if (!LIST.test(src) || !this.#isUnchained()) return undefined
    return this.#nested(() => super.list(src))
  }

  #isUnchained(): boolean {
    if (this.#unchained === 'unknown') {
      this.#unchained = !MARK_CHAIN.test(this.#text.slice(this.blockStart, this.blockEnd))
    }
    return this.#unchained
  }

  #nested<T extends Token>(read: () => T | undefined): T | undefined {
    if (this.#depth >= MAX_BLOCK_DEPTH) return undefined
    this.#depth += 1
    const token = read()
    this.#depth -= 1
    if (token) this.#spend(token.raw.length + LINE_UNITS * token.raw.split('\n').length)
    return token
  }

  override table(src: string): Tokens.Table | undefined {
    const [head = '', delimiters = ''] = src.split('\n', 2)
    if (!/[|:]/.test(delimiters) || !/^[|:\- ]+$/.test(delimiters)) return undefined
    if (head.split('|').length > MAX_COLUMNS) return undefined
    // marked reads all rows before it sees that head and delimiters do not fit.
    const queued = this.lexer.inlineQueue.length
    const columns = super.table(`${head}\n${delimiters}`)?.header.length ?? 0
    this.lexer.inlineQueue.length = queued
    if (columns === 0) return undefined
    const raw = this.rules.block.table.exec(src)?.[0] ?? ''
    const rows = raw.trimEnd().split('\n').length
    const cells = columns * rows
    this.#spend(raw.length + ROW_UNITS * rows + CELL_UNITS * cells)
    return cells > FREE_CELLS + raw.length / MIN_CELL_CHARS ? undefined : super.table(src)
  }

  override lheading(src: string): Tokens.Heading | undefined {
    const line = src.indexOf('\n')
    if (line < 0 || src.charAt(line + 1) === '\n' || src.length > this.#maxHeadingChars) {
      return undefined
    }
    const token = super.lheading(src)
    if (src.slice(line, SHORT_CHARS).includes('\n\n')) return token
    const above = token?.raw ?? ABOVE_UNDERLINE.exec(src)?.[0] ?? ''
    this.#spend(above.length)
    // No line of what was read in vain begins a heading either.
    if (!token) this.#maxHeadingChars = src.length - above.length
    return token
  }

  override html(): undefined {
    // Markdown between tags is read like any other; without a block of HTML, nothing hides it.
  }

  /** The first rule that marked tries at each place of a text with marks. */
  override escape(src: string): Tokens.Escape | undefined {
    this.#allowed.inlines.spend(STEP_UNITS)
    if (this.#allowed.inlines.left < 0) return { type: 'escape', raw: src, text: src }
    return super.escape(src)
  }

  override tag(src: string): Tokens.Tag | undefined {
    // A tag is kept whole, so that no address in it becomes a link. Unlike with marked's own,
    // nothing behind it changes.
    const raw = this.rules.inline.tag.exec(src)?.[0]
    if (raw === undefined) return undefined
    return { type: 'html', raw, text: raw, block: false, inLink: false, inRawBlock: false }
  }

  override reflink(
    src: string,
    links: Links,
  ): Tokens.Link | Tokens.Image | Tokens.Text | undefined {
    const token = super.reflink(src, links)
    if (token?.type === 'text') this.#allowed.inlines.spend(VAIN_UNITS * src.length)
    if (token?.type !== 'link' && token?.type !== 'image') return token
    this.#allowed.targets.spend(token.href.length)
    if (this.#allowed.targets.left >= 0) return token
    const text = src.charAt(0)
    return { type: 'text', raw: text, text }
  }

  /** The last rule that marked tries: all others have looked at this text in vain. */
  override inlineText(src: string): Tokens.Text | undefined {
    const before = src.length === this.#charsAfterText ? this.#endOfText : ''
    const token = super.inlineText(src)
    const raw = token?.raw ?? ''
    const word = ADDRESS_WORD.exec(src)?.[0].length ?? 0
    this.#allowed.inlines.spend(raw.length + word + vainUnits(src, before))
    this.#charsAfterText = src.length - raw.length
    this.#endOfText = raw.charAt(raw.length - 1)
    return token
  }
}

/**
 * What it costs to look for the end of a mark, and to find none.
 *
 * @param before the character before the mark, if that is text
 */
function vainUnits(src: string, before: string): number {
  if (!'*_~`<[!'.includes(src.charAt(0))) return 0
  // An underscore inside a word begins nothing.
  if (src.startsWith('_') && /[\p{L}\p{N}]/u.test(before)) return 0
  if (EMPHASIS.test(src)) return VAIN_EMPHASIS_UNITS * src.length
  return MARK.test(src) ? VAIN_UNITS * src.length : 0
}

/**
 * Where the block ends that begins here, or one of those behind it: after an empty line, before a
 * line that neither is indented nor goes on with a list. Text from there on is not read with what
 * is before.
 */
function endOfBlock(text: string, start: number): number {
  const end = /\n[ \t]*\n(?![ \t\n]|[-*+][ \t\n]|\d{1,9}[.)][ \t\n])/g
  end.lastIndex = start
  return end.test(text) ? end.lastIndex : text.length
}
