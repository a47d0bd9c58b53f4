/**
 * The work that Markdown costs, counted and not timed: what marked's regular expressions look at,
 * through a spy on all of them. A match costs its length; what is read in vain is known for the two
 * rules that read far.
 */

import { Lexer } from 'marked'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderBlocks, renderMarkdown } from '../../src/markdown/markdown.ts'
import { ABOVE_UNDERLINE, areRulesFrugal } from '../../src/markdown/rules.ts'
import { createMarkdownStream } from '../../src/markdown/stream.ts'
import { prose } from '../support/prose.ts'
import { REPLIES } from '../support/replies.ts'
import { repeat, SLOW_PATTERNS, slowTexts } from '../support/slow-markdown.ts'

const CHARS = 16_000
/** Of `CHARS` each; `npm run bench:markdown` measures the time of more. */
const PATTERNS = 120
const CALL_UNITS = 10

const { exec } = RegExp.prototype
const underlined = Lexer.rules.block.gfm.lheading.source
const emphasis = Lexer.rules.inline.gfm.emStrongRDelimUnd.source
let work = 0

beforeEach(() => {
  RegExp.prototype.exec = function spied(text) {
    const match = exec.call(this, text)
    work += CALL_UNITS + (match ? match[0].length : readInVain(this, text))
    return match
  }
})
afterEach(() => {
  RegExp.prototype.exec = exec
})

function readInVain({ source }: RegExp, text: string): number {
  if (source === underlined) return exec.call(ABOVE_UNDERLINE, text)?.[0].length ?? 0
  return source === emphasis ? text.length : 0
}

function workOf(read: () => unknown): number {
  work = 0
  read()
  return work
}

/** Pushes a reply in single characters. @returns the characters of HTML in all of its events */
function stream(reply: string, takeEvery: number): number {
  const markdown = createMarkdownStream()
  let htmlChars = 0
  const count = (blocks: readonly { readonly html: string }[]) => {
    for (const { html } of blocks) htmlChars += html.length
  }
  for (const [i, char] of [...reply].entries()) {
    markdown.push(char)
    if (i % takeEvery === 0) count(markdown.take())
  }
  count(markdown.finish(reply.trim()))
  return htmlChars
}

const cases = [
  ...SLOW_PATTERNS.map((pattern) => [JSON.stringify(pattern), repeat(pattern, CHARS)] as const),
  ...slowTexts(1, PATTERNS, CHARS).map((text, i) => [`seed ${i}`, text] as const),
]
const wideTable = (rows: number) =>
  `|${'a|'.repeat(190)}\n|${'-|'.repeat(190)}\n${'x\n'.repeat(rows)}`

describe('the work of a reply', () => {
  it('finds the patterns of marked that it makes frugal', () => {
    expect(areRulesFrugal).toBe(true)
  })

  it.each(cases)('is in proportion to its length: %s', (_name, text) => {
    expect(workOf(() => renderMarkdown(text))).toBeLessThan(100 * text.length)
  })

  it.each(SLOW_PATTERNS)('does not grow faster than its length: %j', (pattern) => {
    const [short, long] = [2000, 8000].map((chars) =>
      workOf(() => renderMarkdown(pattern.repeat(chars / pattern.length))),
    )
    expect(long).toBeLessThan(8 * (short ?? 0))
  })

  it.each(cases.filter((_, i) => i % 3 === 0))(
    'is bounded when it is streamed by characters: %s',
    (_name, text) => {
      expect(workOf(() => stream(text.slice(0, 4000), 1))).toBeLessThan(800 * 4000)
    },
  )

  it('ends in two seconds at 64,000 characters, on any machine', () => {
    const started = performance.now()
    for (const pattern of SLOW_PATTERNS.slice(0, 7)) {
      renderMarkdown(repeat(pattern, 64_000))
      stream(repeat(pattern, 64_000), 100)
    }
    // On workerd this clock stands still.
    expect((performance.now() - started) / 7).toBeLessThan(2000)
  })
})

describe('the HTML of a reply', () => {
  it.each([
    ...cases,
    ['a wide table', wideTable(1000)] as const,
    ['one target', `[a]: https://a.example/${'x'.repeat(4000)}\n\n${'[a] '.repeat(3000)}`] as const,
    ['digits', `\`\`\`js\n${'0,'.repeat(9000)}\n\`\`\``] as const,
  ])('is a small multiple of it: %s', (_name, text) => {
    expect(renderMarkdown(text).length).toBeLessThan(12 * text.length + 2100)
  })

  it.each([...cases.filter((_, i) => i % 3 === 0), ['a wide table', wideTable(3000)] as const])(
    'is one in all events too: %s',
    (_name, text) => {
      const reply = text.slice(0, 8000)
      expect(stream(reply, 4)).toBeLessThan(40 * reply.length + 60_000)
    },
  )

  it('is made seldom of a table with a cell for every other character', () => {
    const rows = `${'|'.repeat(50)}\n${'|-'.repeat(49)}|\n`
    const reply = repeat(rows, 64_000)
    expect(renderMarkdown(reply).match(/<td/g)?.length).toBeGreaterThan(40_000)
    expect(stream(reply, 100)).toBeLessThan(15 * reply.length)
  })

  it('shows a table that is nearly empty as its source, and a usual one with empty cells as a table', () => {
    expect(renderMarkdown(wideTable(100))).not.toContain('<td')
    const usual = `|a|b|c|\n|-|-|-|\n${'| x |\n'.repeat(40)}`
    expect(renderMarkdown(usual).match(/<td><\/td>/g)).toHaveLength(80)
  })
})

describe('a block that is too much work', () => {
  const hostile = `${'> - > - > - a\nb\n'.repeat(150)}`

  it('is shown as its source, and spoils nothing before or behind it', () => {
    const html = renderMarkdown(`# One\n\n- *a*\n\n${hostile}\n\n**Two**\n\n1. *b*`)
    expect(html).toContain('<h3 dir="auto">One</h3>')
    expect(html).toContain('<li><em>a</em></li>')
    expect(html).toContain('<strong>Two</strong>')
    expect(html).toContain('<li><em>b</em></li>')
  })

  it('leaves out nothing of the source', () => {
    const text = `a\n\n${hostile}\n\nb\n\n${hostile}`
    expect(
      renderBlocks(text)
        .blocks.map(({ source }) => source)
        .join(''),
    ).toBe(text)
  })
})

describe('usual replies', () => {
  const list = (depth: number) => `${'  '.repeat(depth)}- **${depth}** ${prose(depth, 30)}`
  const usual = {
    ...REPLIES,
    'long code': `\`\`\`js\n${'const a = "b" // c\n'.repeat(2900)}\`\`\``,
    'a long list': Array.from({ length: 1000 }, (_, i) => `${i + 1}. *a* ${prose(i, 40)}`).join(
      '\n',
    ),
    'nested lists': Array.from({ length: 1200 }, (_, i) => list(i % 5)).join('\n'),
    'a long table': `${'|a'.repeat(12)}\n${'|-'.repeat(12)}\n${`${'|*b* c'.repeat(12)}\n`.repeat(200)}`,
    'many lines': Array.from({ length: 3000 }, (_, i) => prose(i, 16)).join('\n'),
  }

  it.each(Object.entries(usual))('are within every limit: %s', (_name, reply) => {
    expect(renderMarkdown(reply)).not.toContain('class="plain"')
  })

  it('keep their marks to the end of a long list and a long table', () => {
    expect(renderMarkdown(usual['a long list']).match(/<li><em>/g)).toHaveLength(1000)
    expect(renderMarkdown(usual['nested lists']).match(/<strong>/g)).toHaveLength(1200)
    expect(renderMarkdown(usual['a long table']).match(/<td><em>/g)).toHaveLength(2400)
  })
})
