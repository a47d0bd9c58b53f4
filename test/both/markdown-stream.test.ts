import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/markdown/markdown.ts'
import { createMarkdownStream, type MarkdownStream } from '../../src/markdown/stream.ts'
import { repairUnfinished } from '../../src/markdown/unfinished.ts'
import type { HtmlBlock } from '../../src/wire.ts'
import { REPLIES } from '../support/replies.ts'
import { findUnsafe, visibleText } from '../support/safe-html.ts'
import { XSS_VECTORS } from '../support/xss-vectors.ts'

/** The page: it keeps the newest HTML of each block. */
function createPage() {
  const blocks: string[] = []
  return {
    blocks,
    show(changes: readonly HtmlBlock[]) {
      for (const { block, html } of changes) {
        expect(block, 'no block is skipped').toBeLessThanOrEqual(blocks.length)
        expect(blocks[block], 'nothing is sent twice').not.toBe(html)
        blocks[block] = html
      }
    },
  }
}

/** Streams a reply in pieces and takes the blocks after each of them. */
function stream(
  pieces: readonly string[],
  each: (page: readonly string[], changes: readonly HtmlBlock[]) => void = () => {},
): string {
  const markdown: MarkdownStream = createMarkdownStream()
  const page = createPage()
  for (const piece of pieces) {
    markdown.push(piece)
    const changes = markdown.take()
    page.show(changes)
    each(page.blocks, changes)
  }
  page.show(markdown.finish(pieces.join('').trim()))
  return page.blocks.join('')
}

describe('createMarkdownStream', () => {
  it('sends a long open block again only when it has grown by a sixteenth', () => {
    const stream = createMarkdownStream()
    const sizes: number[] = []
    stream.push('```\n')
    for (let i = 0; i < 1000; i++) {
      stream.push('line of it')
      if (stream.take().length > 0) sizes.push(10 * (i + 1))
    }
    const long = sizes.filter((size) => size > 1500)
    for (const [i, size] of long.entries()) {
      if (i > 0) expect(size / (long[i - 1] ?? 0)).toBeGreaterThan(1.06)
    }
    expect(sizes.length - long.length).toBeGreaterThan(40)
    expect(long.length).toBeGreaterThan(20)
  })

  describe.each(Object.entries(REPLIES))('of %s', (name, reply) => {
    it('ends with what renderMarkdown makes of the reply, one character at a time', () => {
      expect(stream([...reply])).toBe(renderMarkdown(reply.trim()))
    })

    it('ends with the same in any pieces', () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
          (sizes) => {
            const pieces: string[] = []
            for (let at = 0, i = 0; at < reply.length; i++) {
              const size = sizes[i % sizes.length] ?? 1
              pieces.push(reply.slice(at, at + size))
              at += size
            }
            expect(stream(pieces)).toBe(renderMarkdown(reply.trim()))
          },
        ),
        { numRuns: 15, seed: 7 },
      )
    })

    it('sends a block that is closed no more', () => {
      // A block is certainly closed when there are two more behind it.
      const changedLate: number[] = []
      stream([...reply], (page, changes) => {
        const shown = page.filter((html) => html !== '').length
        changedLate.push(...changes.map(({ block }) => block).filter((block) => block < shown - 2))
      })
      expect(changedLate, name).toEqual([])
    })

    it('is safe and well formed all the way', () => {
      stream([...reply], (page) => expect(findUnsafe(page.join(''))).toBeNull())
    })
  })

  it('sends each block once when whole blocks arrive', () => {
    const markdown = createMarkdownStream()
    markdown.push('One\n\nTwo\n\n')
    expect(markdown.take().map(({ block }) => block)).toEqual([0, 1])
    expect(markdown.take()).toEqual([])
    markdown.push('Three\n\n')
    expect(markdown.take()).toEqual([{ block: 2, html: '<p dir="auto">Three</p>\n' }])
    expect(markdown.finish('One\n\nTwo\n\nThree')).toEqual([])
  })

  it('leads links to targets that come after them, and empties a block that is gone', () => {
    const markdown = createMarkdownStream()
    markdown.push('[a]\n\nText\n\nCut')
    markdown.take()
    markdown.push('off\n\n[a]: https://a.example')
    expect(markdown.take().map(({ block }) => block)).toEqual([2])
    expect(markdown.finish('[a]\n\nText\n\n[a]: https://a.example')).toEqual([
      {
        block: 0,
        html: '<p dir="auto"><a href="https://a.example" rel="noopener noreferrer nofollow">a</a></p>\n',
      },
      { block: 2, html: '' },
    ])
  })

  it('uses a target that came before', () => {
    const markdown = createMarkdownStream()
    markdown.push('[a]: https://a.example\n\nOne\n\nTwo\n\nThree [a] now')
    expect(markdown.take().at(-1)?.html).toContain('href="https://a.example"')
  })

  it.each(
    // In these the marks themselves are what the text shows in the end.
    Object.entries(REPLIES).filter(
      ([name]) =>
        !['unended marks', 'nested fences', 'html in text', 'a late target'].includes(name),
    ),
  )('shows no mark that has no end yet, of %s', (_name, reply) => {
    stream([...reply], (page) => {
      const html = page.at(-1) ?? ''
      const open = visibleText(html.replace(/<figure.*<\/figure>|<code>.*?<\/code>/gs, ''))
      expect(open).not.toMatch(/\*\*|~~|__|\]\(|!\[|```|\[\w|(?<!\d )\*\w|^\||\|[-: ]+\|/)
    })
  })

  it('is safe with every vector, one character at a time', () => {
    for (const vector of XSS_VECTORS) {
      const html = stream([...vector], (page) => expect(findUnsafe(page.join(''))).toBeNull())
      expect(html, vector).toBe(renderMarkdown(vector.trim()))
    }
  })

  it('ends right with arbitrary Markdown', () => {
    const piece = fc.constantFrom(
      'a',
      ' b',
      '\n',
      '\n\n',
      '**',
      '*',
      '_',
      '`',
      '```',
      '[',
      '](',
      ')',
      '- ',
      '1. ',
      '> ',
      '# ',
      '| ',
      '|-|\n',
      '~~',
      '    ',
      '\t',
      '\\',
      '---',
      '===',
      '[a]: https://b.c\n',
      '[a]',
      '<b>',
      '&amp;',
      '\r\n',
      '\r',
      'https://d.e',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const html = stream(pieces, (page) => expect(findUnsafe(page.join(''))).toBeNull())
        expect(html).toBe(renderMarkdown(pieces.join('').trim()))
      }),
      { numRuns: 400, seed: 11 },
    )
  })

  it('reads only the open block again', () => {
    const markdown = createMarkdownStream()
    for (let i = 0; i < 2000; i++) {
      markdown.push(`Paragraph **${i}** with some words in it.\n\n`)
      expect(markdown.take().map(({ block }) => block)).toEqual([i])
    }
  })

  it('sends a long block that grows in larger steps, in all a small multiple of its length', () => {
    const markdown = createMarkdownStream()
    markdown.push('```\n')
    let sentChars = 0
    for (let i = 0; i < 6400; i++) {
      markdown.push('line of it')
      sentChars += markdown.take().reduce((sum, { html }) => sum + (i > 400 ? html.length : 0), 0)
    }
    expect(sentChars).toBeGreaterThan(0)
    expect(sentChars).toBeLessThan(40 * 64_000)
  })
})

describe('repairUnfinished', () => {
  it.each([
    ['a **b', 'a **b**'],
    ['a **b*', 'a **b**'],
    ['a **b ', 'a **b**'],
    ['a ***b**', 'a ***b***'],
    ['a *', 'a '],
    ['a **', 'a '],
    ['**a *b* c', '**a *b* c**'],
    ['**a *b', '**a *b***'],
    ['~~x', '~~x~~'],
    ['~~x~', '~~x~~'],
    ['about ~5', 'about ~5'],
    ['a_b', 'a_b'],
    ['a _b', 'a _b_'],
    ['2 * 3', '2 * 3'],
    ['a `c', 'a `c`'],
    ['a `', 'a '],
    ['a ``c`', 'a ``c``'],
    ['**a `b', '**a `b`**'],
    ['a `*` b', 'a `*` b'],
    ['a \\*b', 'a \\*b'],
    ['a\\', 'a'],
    ['see [text](http', 'see text'],
    ['see [text](https://x.example/ "t', 'see text'],
    ['see [text](<a b', 'see text'],
    ['see [tex', 'see tex'],
    ['see [text]', 'see text'],
    ['see [text][re', 'see text'],
    ['see ![al', 'see al'],
    ['see [t](x) **y', 'see [t](x) **y**'],
    ['**a [b](c', '**a b**'],
    ['a **b\nc', 'a **b\nc**'],
    ['> a **b\n> c', '> a **b\n> c**'],
    ['a **b\n\nc', 'a **b\n\nc'],
    ['- a **b\n- c', '- a **b\n- c'],
    ['- **a\n- ', '- **a**'],
    ['- [x] d **e', '- [x] d **e**'],
    ['a\n- [', 'a'],
    ['a\n1', 'a'],
    ['a\n1.', 'a'],
    ['a\n#', 'a'],
    ['a\n# b *', 'a\n# b '],
    ['a\n--', 'a'],
    ['a\n``', 'a'],
    ['a\n```j', 'a'],
    ['```js\nx = `**', '```js\nx = `**'],
    ['```js\nx\n``', '```js\nx'],
    ['```js\nx\n```\n**y', '```js\nx\n```\n**y**'],
    ['| a | b', ''],
    ['| a | b |\n', ''],
    ['a\n\n| a | b |\n|--', 'a\n'],
    ['| a |\n|---|\n| x', '| a |\n|---|'],
    ['| a |\n|---|\n| x |\n', '| a |\n|---|\n| x |'],
  ])('makes of %j %j', (text, repaired) => {
    expect(repairUnfinished(text)).toBe(repaired)
  })

  it.each([
    '*a ',
    '_a ',
    'a* ',
    '[',
    '](',
    '`',
    '`` ` ',
    '\\',
    '**a *b ',
    '![',
    '> ',
    '| a\n',
    '- a\n',
    '- ',
    '-',
    ' ',
    '~~~\n',
  ])('takes time in proportion to the length of %j', (piece) => {
    const text = `${piece.repeat(64_000 / piece.length)}x`
    const started = performance.now()
    repairUnfinished(text)
    // Measured: under 15 ms. On workerd this clock stands still.
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
