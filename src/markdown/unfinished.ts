/**
 * Repairs the end of a Markdown text that is still being written, for display only: marks that have
 * no end yet get one, and marks that say nothing yet are left out, so that no `**` or `[text](http`
 * flashes while a reply streams. Pure; a few passes over the text.
 *
 * | The text ends in          | Shown is                                                     |
 * | ------------------------- | ------------------------------------------------------------ |
 * | `**bold`, `~~old`         | the words with their mark ended: `**bold**`, `~~old~~`       |
 * | `**bold*`                 | the same: half of an end is no mark of its own               |
 * | `a *`, `a **`             | `a`: a mark with nothing behind it may still become anything |
 * | `` a `code ``             | code, with its end                                           |
 * | `[text`, `[text](http`    | `text`; so with a picture, and with `[text][re`              |
 * | `a\`                      | `a`: it may escape what comes                                |
 * | a line `- `, `#`, `1.`    | nothing of that line: what could become the mark of a block  |
 * | a line ` ``j `, `--`      | nothing of it: a fence, a rule or an underline may come      |
 * | fenced code               | the code; a last line that may end it is left out            |
 * | `| a | b`                 | nothing until the second line is whole, and then whole rows  |
 * | a paragraph of over 3,000 | the text as it is                                            |
 */

import { MAX_INLINE_CHARS } from './lexer.ts'

/**
 * What a line begins with before its own text: quotes, a list mark with its task box, a heading.
 */
const LINE_START = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:\[[ xX]\][ \t]+)?(?:#{1,6}[ \t]+)?/
/**
 * Longer lines are no marks; it keeps the next pattern, which tries several ways, from hostile
 * lines.
 */
const MAX_MARK_CHARS = 200
/**
 * A last line that could become a mark of a block: a list, task, heading, rule, fence, underline,
 * or the second line of a table.
 */
const MAYBE_MARK =
  /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:[-*+_][-*+_ \t]*|\d{1,9}[.)]?|#{1,6}|=+|`{1,2}|~{1,2}|\[[ xX]?\]?|[|:\- \t]+)?[ \t]*$/
const FENCE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})/
/** A line that begins a block of its own, after which no mark of an earlier line can end. */
const NEW_BLOCK = /^[ \t>]*(?:[-*+][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|\||$)/

/** Makes a text that ends anywhere one whose end can be shown. */
export function repairUnfinished(text: string): string {
  const lines = text.split('\n')
  const fence = openFence(lines)
  const last = lines.pop() ?? ''
  if (fence) {
    const incomplete = FENCE.test(last) || /^[ \t>]*(?:`{1,}|~{1,})$/.test(last)
    return (incomplete ? lines : [...lines, last]).join('\n')
  }
  const table = tableStart(lines, last)
  if (table !== null) return lines.slice(0, table).join('\n')
  const isMark = last.length <= MAX_MARK_CHARS && MAYBE_MARK.test(last)
  const shown = last === '' || isMark ? lines : [...lines, last]
  const from = inlineStart(shown)
  const whole = shown.join('\n')
  if (whole.length - from > MAX_INLINE_CHARS) return whole
  return whole.slice(0, from) + closeInline(whole.slice(from))
}

/** Whether the text ends inside a fenced code block, or in the line that opens one. */
function openFence(lines: readonly string[]): boolean {
  let open: string | null = null
  for (const line of lines) {
    const mark = FENCE.exec(line)?.[1]
    if (open === null) open = mark ?? null
    else if (mark?.startsWith(open) && line.trimEnd().endsWith(mark)) open = null
  }
  return open !== null
}

/**
 * Where the lines begin that are not to be shown because they look like a row of a table: its first
 * line until the second is complete, and after that the row that is being written. Null when there
 * are none.
 */
function tableStart(lines: readonly string[], last: string): number | null {
  const isRow = (line: string | undefined) => /^[ \t>]*\|/.test(line ?? '')
  const above = lines.at(-1)
  if (isRow(last)) return isRow(above) && !isRow(lines.at(-2)) ? lines.length - 1 : lines.length
  const headAlone = last === '' && isRow(above) && !isRow(lines.at(-2))
  return headAlone ? lines.length - 1 : null
}

/** Where the paragraph, item, heading or cell begins in which the text ends. */
function inlineStart(lines: readonly string[]): number {
  let at = Math.max(0, lines.length - 1)
  while (at > 0 && !NEW_BLOCK.test(lines[at] ?? '')) at -= 1
  const before = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0)
  return before + (LINE_START.exec(lines[at] ?? '')?.[0].length ?? 0)
}

/** A run of marks that waits for its end. */
interface Opener {
  readonly mark: string
  readonly at: number
  left: number
}

/** Ends what is open in the text of one paragraph. */
function closeInline(text: string): string {
  const openers: Opener[] = []
  const brackets: number[] = []
  /** Brackets that are not to be shown. */
  const hidden: number[] = []
  let end = text.length
  let suffix = ''
  for (let at = 0; at < end; at++) {
    const mark = text.charAt(at)
    if (mark === '\\') {
      if (at + 1 === end) end = at
      at += 1
    } else if (mark === '`') {
      const run = runLength(text, at)
      const close = codeEnd(text, at + run, run)
      if (close >= 0) at = close + run - 1
      else {
        const code = text.slice(at + run).replace(/`+$/, '')
        end = code.trim() === '' ? at : at + run + code.length
        suffix = code.trim() === '' ? '' : '`'.repeat(run)
        break
      }
    } else if (mark === '[') brackets.push(at)
    else if (mark === ']') {
      const open = brackets.pop()
      if (open === undefined) continue
      const close = targetEnd(text, at + 1)
      if (close >= 0) at = close
      else if (close === UNFINISHED) {
        hidden.push(open)
        end = at
      }
    } else if (mark === '*' || mark === '_' || mark === '~') {
      const run = runLength(text, at)
      if (readRun(text, at, run, openers)) end = at
      at += run - 1
    }
  }
  return closeMarks(text.slice(0, end), suffix, openers, [...hidden, ...brackets])
}

/** @returns true when the run stands at the end and is not to be shown */
function readRun(text: string, at: number, length: number, openers: Opener[]): boolean {
  const mark = text.charAt(at)
  const [canOpen, canClose] = flanks(text, at, at + length)
  let run = length
  while (canClose && run > 0) {
    const found = openers.findLastIndex((opener) => opener.mark === mark)
    const opener = openers[found]
    if (!opener) break
    // Half of an end, as in `**bold*`.
    if (opener.left > run && at + length === text.length) return true
    const used = Math.min(opener.left, run)
    run -= used
    opener.left -= used
    openers.length = opener.left === 0 ? found : found + 1
  }
  if (run > 0 && at + length === text.length) return run === length
  // One `~` is more often "about" than half of a strikethrough.
  if (run > 0 && canOpen && (mark !== '~' || run === 2)) {
    openers.push({ mark, at: at + length - run, left: run })
  }
  return false
}

/** Whether a run of marks can begin and end emphasis (CommonMark 0.31.2, 6.2). */
function flanks(text: string, start: number, end: number): [canOpen: boolean, canClose: boolean] {
  const before = text.charAt(start - 1)
  const after = text.charAt(end)
  const isSpace = (char: string) => char === '' || /\s/.test(char)
  const isPunctuation = (char: string) => /[\p{P}\p{S}]/u.test(char)
  const left =
    !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before))
  const right =
    !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after))
  if (text.charAt(start) !== '_') return [left, right]
  return [left && (!right || isPunctuation(before)), right && (!left || isPunctuation(after))]
}

/**
 * Puts the missing ends behind the last word, innermost first, and leaves out marks with nothing
 * behind them.
 */
function closeMarks(
  text: string,
  suffix: string,
  openers: readonly Opener[],
  hidden: readonly number[],
): string {
  let shown = text
  let ends = suffix
  for (const { mark, at, left } of openers.toReversed()) {
    if (suffix === '' && isEmptyAfter(shown, at + left, hidden)) shown = shown.slice(0, at)
    else ends += mark.repeat(left)
  }
  const cut = hidden.flatMap((at) => (text.charAt(at - 1) === '!' ? [at - 1, at] : [at]))
  const kept = without(shown, cut)
  return ends === '' || suffix !== '' ? kept + ends : kept.trimEnd() + ends
}

/** The text without the characters at these places. */
function without(text: string, places: readonly number[]): string {
  let kept = ''
  let from = 0
  for (const at of places.toSorted((a, b) => a - b)) {
    kept += text.slice(from, at)
    from = at + 1
  }
  return kept + text.slice(from)
}

function isEmptyAfter(text: string, from: number, hidden: readonly number[]): boolean {
  const rest = text.slice(from).trim()
  return rest === '' || ((rest === '[' || rest === '![') && hidden.length > 0)
}

function runLength(text: string, at: number): number {
  const mark = text.charAt(at)
  let end = at
  while (text.charAt(end) === mark) end += 1
  return end - at
}

/** Where the backticks begin that end a code span, or -1. */
function codeEnd(text: string, from: number, run: number): number {
  for (let at = text.indexOf('`', from); at >= 0; at = text.indexOf('`', at)) {
    const length = runLength(text, at)
    if (length === run) return at
    at += length
  }
  return -1
}

const NO_TARGET = -1
const UNFINISHED = -2

/**
 * Where the `(address)` or `[label]` behind a link's text ends. A text that ends right behind its
 * bracket may still get one.
 */
function targetEnd(text: string, from: number): number {
  const open = text.charAt(from)
  if (open === '') return UNFINISHED
  if (open !== '(' && open !== '[') return NO_TARGET
  const close = open === '(' ? ')' : ']'
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at += 1
    else if (char === open) depth += 1
    else if (char === close) depth -= 1
    if (depth === 0) return at
  }
  return UNFINISHED
}
