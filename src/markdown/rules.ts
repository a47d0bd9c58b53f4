/**
 * The patterns that `marked` reads blocks by, where hostile text makes them slow, in a form that
 * reads less and finds the same. They are made from marked's own, so that they go with its version;
 * test/both/markdown-time.test.ts says that each was found.
 */

import { Lexer, type Tokenizer } from 'marked'

type Rules = Tokenizer['rules']

const { gfm } = Lexer.rules.block

/** What a table's pattern says after its second line: all of its rows. */
const ROWS = gfm.table.source.slice(gfm.table.source.indexOf('(?:\\n((?:(?! *\\n|'))
/** How the pattern of an underlined heading ends: as soon as there is an underline. */
const UNDERLINE = '+?)\\n {0,3}(=+|-+)[ \\t]*(?:\\n+|$)'

/**
 * What ends a paragraph before a block of HTML. Here there is none, and marked would join the parts
 * again, line by line.
 */
const HTML = gfm.paragraph.source.match(/\| \{0,3\}\(\?:<\\\/\?.*?CDATA\\\[\)(?=\|)/)?.[0] ?? '-'

/**
 * A paragraph ends before a table. marked looks for one at every line, and reads all of its rows to
 * know; the two lines that it begins with are enough.
 */
const paragraph = new RegExp(
  gfm.paragraph.source
    .replace(ROWS.replace(/(^|[^[])\^/g, '$1'), () => '(?:\\n|$)')
    .replace(HTML, ''),
)

/**
 * The text in which an underline makes a heading of all that is above it: it ends where another
 * block begins.
 */
export const ABOVE_UNDERLINE: RegExp = new RegExp(
  gfm.lheading.source.replace(UNDERLINE, () => '+)'),
)

const block = { ...gfm, paragraph }

/** @param rules those that marked has chosen for its options */
export function frugalRules({ other, inline }: Rules): Rules {
  return { other, inline, block }
}

/** Whether each pattern was found in that of this version of marked. */
export const areRulesFrugal: boolean =
  HTML.length > 100 &&
  ROWS.length > 500 &&
  gfm.paragraph.source.length - paragraph.source.length > HTML.length + 500 &&
  ABOVE_UNDERLINE.source !== gfm.lheading.source
