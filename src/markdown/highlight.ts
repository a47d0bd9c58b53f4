/**
 * Colours code on the server: comments, strings, numbers and keywords of the common families of
 * languages, as `<span class="hl-c">`, `hl-s`, `hl-n` and `hl-k`. A rough reading by one pass of
 * one regular expression, not a parser: every alternative begins with something of its own and
 * nothing is tried twice, so hostile code costs no more than its length.
 */

/** Longer code stays plain. */
const MAX_CHARS = 20_000
/**
 * So does code of which each character would make so much HTML, and a little more: single digits
 * and empty strings.
 */
const MAX_HTML_FACTOR = 11
const FREE_HTML_CHARS = 1000

const MARKUP = /[&<>"']/

const SLASHES = String.raw`\/\/.*|\/\*[^]*?(?:\*\/|$)`
const HASH = String.raw`(?<![\w$&])#.*`
const STRINGS = String.raw`"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?`
const TEMPLATES = String.raw`\x60(?:\\[^]|[^\x60\\])*\x60?`
const TRIPLE = `"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)`
/** A quote mark inside a word, as in a text or a lifetime of Rust, begins no string. */
const RUST_STRINGS = String.raw`"(?:\\[^]|[^"\\])*"?|'(?:\\.[^'\n]{0,8}|[^'\\\n])'`

/**
 * Of all languages but SQL together: a word that is one in another language only is seldom another
 * thing here.
 */
const WORDS =
  'and as async await break case class const continue def default do done else enum except export extends false False fi fn for from func function if import in int interface let new nil None not null or package private public return static string struct switch then this throw true True try type undefined use var void while with yield'
const SQL_WORDS =
  'and as asc by case create delete desc distinct drop else end exists from group having in index insert into is join key left like limit not null on or order primary select set table then union update values when where with'

/**
 * What a language family looks like: comments, strings, and its words, which SQL writes in any
 * case.
 */
const FAMILIES: readonly (readonly [names: string, pattern: RegExp])[] = [
  [
    'c c++ cpp cs csharp c# dart go java js javascript json json5 jsonc jsx kotlin php scala swift ts tsx typescript',
    reader(`${SLASHES}|${STRINGS}|${TEMPLATES}`, WORDS),
  ],
  ['rust rs', reader(`${SLASHES}|${RUST_STRINGS}`, WORDS)],
  [
    'bash console py python rb ruby sh shell toml yaml yml zsh',
    reader(`${HASH}|${TRIPLE}|${STRINGS}`, WORDS),
  ],
  ['sql', reader(String.raw`--.*|\/\*[^]*?(?:\*\/|$)|${STRINGS}`, SQL_WORDS, 'gi')],
  [
    'html svg vue xml',
    reader(`<!--[^]*?(?:-->|$)|(?<==)(?:"[^"]*"?|'[^']*'?)`, '', 'g', String.raw`<\/?[\w:-]+|\/?>`),
  ],
]

/**
 * Escapes code for HTML and marks its parts.
 *
 * @param language the name behind the fence; one that is not known is only escaped, as is what is
 *   too long or would become eleven times as long
 */
export function highlight(code: string, language: string): string {
  if (language === '') return escapeHtml(code)
  const name = language.toLowerCase()
  const pattern = FAMILIES.find(([names]) => names.split(' ').includes(name))?.[1]
  if (!pattern || code.length > MAX_CHARS) return escapeHtml(code)
  let html = ''
  let end = 0
  for (const match of code.matchAll(pattern)) {
    const [text, quoted, word] = match
    html += escapeHtml(code.slice(end, match.index))
    html += `<span class="hl-${kindOf(quoted, word)}">${escapeHtml(text)}</span>`
    end = match.index + text.length
  }
  if (html.length > MAX_HTML_FACTOR * code.length + FREE_HTML_CHARS) return escapeHtml(code)
  return html + escapeHtml(code.slice(end))
}

/** Escapes text for HTML, also between quote marks. */
export function escapeHtml(text: string): string {
  return MARKUP.test(text) ? escapeMarks(text.replaceAll('&', '&#38;')) : text
}

/** Escapes text in which a character reference stands for its character. */
export function escapeText(text: string): string {
  return MARKUP.test(text) ? escapeMarks(text.replace(/&(?!#?\w{1,31};)/g, '&#38;')) : text
}

/** One pass for each mark: a function called for each of many marks takes several times as long. */
function escapeMarks(text: string): string {
  return text
    .replaceAll('<', '&#60;')
    .replaceAll('>', '&#62;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
}

function kindOf(quoted: string | undefined, word: string | undefined): string {
  if (word !== undefined) return 'k'
  if (quoted === undefined) return 'n'
  return /^(?:["'`])/.test(quoted) ? 's' : 'c'
}

/** Group 1 is a comment or a string, group 2 a keyword; a number is in neither. */
function reader(quoted: string, words: string, flags = 'g', word = ''): RegExp {
  const keyword = word || `(?<![\\w$.-])(?:${words.replaceAll(' ', '|')})(?![\\w$-])`
  return new RegExp(`(${quoted})|(${keyword})|(?<![\\w$])\\d[\\w.]*`, flags)
}
