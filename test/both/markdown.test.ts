import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/markdown/markdown.ts'
import { REPLIES } from '../support/replies.ts'
import { findUnsafe, visibleText } from '../support/safe-html.ts'
import { XSS_VECTORS } from '../support/xss-vectors.ts'

const REL = 'rel="noopener noreferrer nofollow"'
const link = (href: string, text = href) => `<a href="${href}" ${REL}>${text}</a>`
/** What the renderer adds to each outermost block, left out for reading. */
const plain = (source: string) => renderMarkdown(source).replaceAll(' dir="auto"', '').trimEnd()
const inline = (source: string) => plain(source).replace(/^<p>(.*)<\/p>$/s, '$1')

/** From the examples of CommonMark 0.31.2 (github.com/commonmark/commonmark-spec), by number. */
const COMMONMARK: readonly [example: number, source: string, html: string][] = [
  [12, '- `one\n- two`', '<ul>\n<li>`one</li>\n<li>two`</li>\n</ul>'],
  [13, '\\!\\"\\#', '<p>!&#34;#</p>'],
  [17, '`` \\[\\` ``', '<p><code>\\[\\`</code></p>'],
  [43, '***\n---\n___', '<hr>\n<hr>\n<hr>'],
  [59, 'Foo\n---\nbar', '<h3>Foo</h3>\n<p>bar</p>'],
  [60, '* Foo\n* * *\n* Bar', '<ul>\n<li>Foo</li>\n</ul>\n<hr>\n<ul>\n<li>Bar</li>\n</ul>'],
  [63, '####### foo', '<p>####### foo</p>'],
  [64, '#5 bolt\n\n#hashtag', '<p>#5 bolt</p>\n<p>#hashtag</p>'],
  [71, '## foo ##', '<h3>foo</h3>'],
  [80, 'Foo *bar*\n=========', '<h3>Foo <em>bar</em></h3>'],
  [
    107,
    '    a simple\n      indented code block',
    '<figure class="code"><pre tabindex="0"><code>a simple\n  indented code block</code></pre></figure>',
  ],
  [
    119,
    '```\n<\n >\n```',
    '<figure class="code"><pre tabindex="0"><code>&#60;\n &#62;</code></pre></figure>',
  ],
  [126, '```', '<figure class="code"><pre tabindex="0"><code></code></pre></figure>'],
  [219, 'aaa\n\nbbb', '<p>aaa</p>\n<p>bbb</p>'],
  [228, '> # Foo\n> bar', '<blockquote>\n<h3>Foo</h3>\n<p>bar</p>\n</blockquote>'],
  [265, '123456789. ok', '<ol start="123456789">\n<li>ok</li>\n</ol>'],
  [266, '1234567890. not ok', '<p>1234567890. not ok</p>'],
  [
    301,
    '- foo\n- bar\n+ baz',
    '<ul>\n<li>foo</li>\n<li>bar</li>\n</ul>\n<ul>\n<li>baz</li>\n</ul>',
  ],
  [311, '- a\n - b\n  - c', '<ul>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>'],
  [328, '`foo`', '<p><code>foo</code></p>'],
  [331, '`  ``  `', '<p><code> `` </code></p>'],
  [341, '*foo`*`', '<p>*foo<code>*</code></p>'],
  [350, '*foo bar*', '<p><em>foo bar</em></p>'],
  [351, 'a * foo bar*', '<p>a * foo bar*</p>'],
  [360, 'foo_bar_', '<p>foo_bar_</p>'],
  [403, '*(**foo**)*', '<p><em>(<strong>foo</strong>)</em></p>'],
  [411, '*foo**bar**baz*', '<p><em>foo<strong>bar</strong>baz</em></p>'],
  [467, '***foo***', '<p><em><strong>foo</strong></em></p>'],
  [594, '<http://foo.bar.baz>', `<p>${link('http://foo.bar.baz')}</p>`],
]

describe('renderMarkdown', () => {
  it('gives headings levels without gaps, below those of the page', () => {
    const html = renderMarkdown(
      '## a\n#### b\n> ###### c\n\n# d\n## e\n### f\n#### g\n##### h\n## i',
    )
    expect([...html.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))).toEqual([
      3, 4, 5, 3, 4, 5, 6, 6, 4,
    ])
  })

  it.each(COMMONMARK)('follows CommonMark, example %i', (_number, source, html) => {
    expect(plain(source)).toBe(html)
  })

  it.each([
    ['# a', '<h3 dir="auto">a</h3>\n'],
    ['###### a', '<h3 dir="auto">a</h3>\n'],
    ['a', '<p dir="auto">a</p>\n'],
    ['- a\n\n  b', '<ul dir="auto">\n<li><p>a</p>\n<p>b</p>\n</li>\n</ul>\n'],
    ['> a', '<blockquote dir="auto">\n<p>a</p>\n</blockquote>\n'],
    ['a\nb', '<p dir="auto">a<br>\nb</p>\n'],
    ['', ''],
    [' \n\n', ''],
  ])('renders %j', (source, html) => {
    expect(renderMarkdown(source)).toBe(html)
  })

  it('names the language of code, if it is a name', () => {
    const caption = (info: string) =>
      /<figcaption>.*<\/figcaption>/.exec(renderMarkdown(`\`\`\`${info}\nx\n\`\`\``))?.[0] ?? null
    expect(caption('python')).toBe('<figcaption>python</figcaption>')
    expect(caption('c++ title="x"')).toBe('<figcaption>c++</figcaption>')
    expect(caption('')).toBeNull()
    expect(caption('"><script>')).toBeNull()
    expect(caption('<b>')).toBeNull()
    expect(caption('a'.repeat(40))).toBeNull()
  })

  it('colours code in a language it knows', () => {
    expect(renderMarkdown('```js\nlet a\n```')).toContain('<span class="hl-k">let</span> a')
  })

  it('renders tables in a box that can be focused and scrolled', () => {
    expect(renderMarkdown('| a | b | |\n|:-:|--:|---|\n| *c* | d |')).toBe(
      '<div class="table" role="group" aria-label="Table" tabindex="0"><table dir="auto">\n' +
        '<thead>\n<tr><th scope="col" class="center">a</th><th scope="col" class="right">b</th><td></td></tr>\n</thead>\n' +
        '<tbody>\n<tr><td class="center"><em>c</em></td><td class="right">d</td><td></td></tr>\n</tbody>\n</table></div>\n',
    )
  })

  it('renders tasks as characters with a name', () => {
    expect(plain('- [x] a\n- [ ] b')).toBe(
      '<ul>\n<li class="task"><span role="img" aria-label="Done">☑</span> a</li>\n' +
        '<li class="task"><span role="img" aria-label="To do">☐</span> b</li>\n</ul>',
    )
  })

  it('goes on counting after what interrupts a list', () => {
    expect(renderMarkdown('1. a\n\n```\nx\n```\n\n2. b')).toContain('<ol start="2" dir="auto">')
    expect(renderMarkdown('0. a')).toContain('<ol start="0" dir="auto">')
  })

  it.each([
    ['[t](https://a.example/x)', link('https://a.example/x', 't')],
    ['[t](HTTP://a.example)', link('HTTP://a.example', 't')],
    ['[t](mailto:a@b.example)', link('mailto:a@b.example', 't')],
    ['[t](https://a.example/?a=1&b=2 "title")', link('https://a.example/?a=1&#38;b=2', 't')],
    ['[t](https://a.example/?a=1&amp;b=2)', link('https://a.example/?a=1&#38;b=2', 't')],
    ['[t](https&#58;//a.example)', link('https://a.example', 't')],
    ['[t](<https://a.example/a b>)', link('https://a.example/a%20b', 't')],
    ['[t](https://a.example/%C3%A4)', link('https://a.example/%C3%A4', 't')],
    ['[t](https://a.example/ä)', link('https://a.example/%C3%A4', 't')],
    ['[](https://a.example)', link('https://a.example')],
    ['[*t*][r]\n\n[r]: https://a.example', link('https://a.example', '<em>t</em>')],
    ['https://a.example/x.', `${link('https://a.example/x')}.`],
    ['www.a.example', link('http://www.a.example', 'www.a.example')],
    ['a@b.example', link('mailto:a@b.example', 'a@b.example')],
    ['![alt *x*](https://a.example/i.png)', link('https://a.example/i.png', 'alt <em>x</em>')],
    ['![](https://a.example/i.png)', link('https://a.example/i.png')],
    ['[![alt](https://a.example/i)](https://b.example)', link('https://b.example', 'alt')],
    ['[<https://a.example>](https://b.example)', link('https://b.example', 'https://a.example')],
  ])('links %j', (source, html) => {
    expect(inline(source)).toBe(html)
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScript:alert(1)',
    'javascript&colon;alert(1)',
    'javascript&#58;alert(1)',
    'javascript&#x3a;alert(1)',
    'java&#9;script:alert(1)',
    'java&#10;script:alert(1)',
    '&#1;javascript:alert(1)',
    '&#x1;https://a.example',
    'ht&#9;tps://a.example',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://a.example/x',
    'file:///etc/passwd',
    'ftp://a.example',
    'tel:1',
    '/path',
    'path',
    '#hash',
    '?query',
    '//a.example',
    '/\\a.example',
    '\\\\a.example',
    'https:a.example',
    'https:/a.example',
    'https:///a.example',
    'http:\\\\a.example',
    'https://',
    'mailto:',
    'https&colon;//a.example',
  ])('shows only the text of a link and a picture to %s', (address) => {
    expect(inline(`[text](${address}) ![alt](${address})`)).toBe('text alt')
    expect(inline(`[text](<${address}>)`)).toBe('text')
    expect(inline(`[text]\n\n[text]: ${address}`)).toBe('text')
  })

  it.each([
    ['<b>x</b>', '&#60;b&#62;x&#60;/b&#62;'],
    ['<br>', '&#60;br&#62;'],
    ['<img src="https://a.example">*b*', '&#60;img src=&#34;https://a.example&#34;&#62;<em>b</em>'],
    ['<a>https://a.example</a>', `&#60;a&#62;${link('https://a.example')}&#60;/a&#62;`],
    ['a <!-- c --> b', 'a &#60;!-- c --&#62; b'],
    ['<script>alert(1)</script>', '&#60;script&#62;alert(1)&#60;/script&#62;'],
    ['&lt;b&gt; &copy; &nope', '&lt;b&gt; &copy; &#38;nope'],
    ['`&lt;<`', '<code>&#38;lt;&#60;</code>'],
    ['<pre>\n*a* <b>', '&#60;pre&#62;<br>\n<em>a</em> &#60;b&#62;'],
  ])('shows the HTML in %j as text', (source, html) => {
    expect(inline(source)).toBe(html)
  })

  it('knows more than 200 vectors, from three places', () => {
    expect(new Set(XSS_VECTORS).size).toBeGreaterThanOrEqual(190)
  })

  it.each(XSS_VECTORS)('makes only safe HTML of %j', (vector) => {
    for (const source of [
      vector,
      `- ${vector}`,
      `> ${vector}`,
      `| ${vector} |\n|---|\n| ${vector} |`,
      `**${vector}**`,
      `[${vector}](https://a.example)`,
      `\`\`\`html\n${vector}\n\`\`\``,
    ]) {
      expect(findUnsafe(renderMarkdown(source))).toBeNull()
    }
  })

  it.each(Object.entries(REPLIES))('makes only safe HTML of a reply: %s', (_name, reply) => {
    expect(findUnsafe(renderMarkdown(reply))).toBeNull()
  })

  it('makes only safe HTML of anything', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...'<>"\'&`*_[]()!#|\n\t \\',
        '](',
        'javascript:',
        'https://',
        '&#',
        'on',
        '=',
        '|-|\n',
        '- ',
        '    ',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(findUnsafe(renderMarkdown(pieces.join('')))).toBeNull()
      }),
      { numRuns: 500, seed: 3 },
    )
  })

  it('takes no inherited name for a target', () => {
    expect(inline('[constructor] [\\_\\_proto\\_\\_]')).toBe('[constructor] [__proto__]')
    expect(inline('[a][__proto__]\n\n[__proto__]: https://a.example')).toBe(
      link('https://a.example', 'a'),
    )
  })
})

const CHARS = 64_000
const fill = (piece: string) => piece.repeat(Math.ceil(CHARS / piece.length)).slice(0, CHARS)
const rows = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => row(i)).join('\n')

/**
 * What makes marked 18.2.1 slow or throw, at 64,000 characters on Node 20. Of marked alone: `> > >` overflows the stack;
 * quotes that deepen line by line never end (out of memory at 300 lines); `a\n-\n` 1330 ms, `*a` 540 ms, lazy quotes 350 ms.
 * Measured on two busy cores: most under 15 ms, the worst under 80; a usual reply of 3,000 characters 0.6 ms.
 */
const HOSTILE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      '>',
      '> ',
      '[',
      '[a]',
      '*a_ ',
      '![',
      '`',
      '<',
      '<a ',
      '|',
      '- ',
      '1. ',
      '\n',
      ' \n',
      '*a',
      '*a*',
      '**a ',
      '~~a ',
      '_a ',
      'a\n-\n',
      'a\n=\n',
      'a\n-|-\n',
      '\\',
      '&#',
      '&#1;',
      '[a]: b\n',
      '[a\n',
      '[a](',
      '[a](b "',
      '[a](b)',
      '[a][b',
      '> a\nb\n',
      '- a\n',
      '> - ',
      '- > ',
      '- [ ] ',
      '```\n',
      '# ',
      '#',
      'http://',
      'www.',
      'a@',
      'a@b.',
      'a|b\n',
      '<!--',
      '<div>\n',
      '\ud800',
      '\0',
      '***a ',
      '*_',
      '    a\n',
      '\t',
      '\r\n',
      '\r',
    ].map((piece) => [JSON.stringify(piece), fill(piece)]),
  ),
  'deepening quotes': rows(300, (i) => `${'>'.repeat(i)} a`),
  'flattening quotes': rows(300, (i) => `${'>'.repeat(300 - i)} a`),
  'deepening lists': rows(350, (i) => `${' '.repeat(i)}- a`),
  'a wide table': `${'|a'.repeat(8000)}\n${'|-'.repeat(8000)}\n${'|b'.repeat(8000)}`,
  'a long table': `a|b\n-|-\n${fill('x|y\n')}`,
  'nested emphasis': '*a '.repeat(10_000) + 'b* '.repeat(10_000),
  'nested links': '['.repeat(20_000) + '](a)'.repeat(10_000),
  'nested pictures': '!['.repeat(10_000) + '](a)'.repeat(10_000),
  'paragraphs of marks': `${'*_'.repeat(1400)}\n\n`.repeat(23),
  'short paragraphs of marks': `${'*_'.repeat(240)}\n\n`.repeat(130),
  'many targets': rows(7000, (i) => `[${i}]: https://a.example`),
  'backticks of every length': rows(350, (i) => '`'.repeat(i)),
}

describe('renderMarkdown of hostile text', () => {
  it.each(Object.entries(HOSTILE))('ends soon and safe: %s', (_name, source) => {
    const started = performance.now()
    const html = renderMarkdown(source)
    // Far above what was measured, for slow machines; on workerd this clock stands still.
    expect(performance.now() - started).toBeLessThan(1000)
    expect(findUnsafe(html)).toBeNull()
  })

  it('nests quotes and lists only so deep, and loses no text', () => {
    const html = renderMarkdown(`${'> '.repeat(100)}end`)
    expect(html.match(/<blockquote/g)).toHaveLength(12)
    expect(visibleText(html)).toContain('end')
  })

  it('shows a text with too many lines as it is', () => {
    const source = rows(3001, () => '*a* <b>')
    expect(renderMarkdown(source)).toContain('<p class="plain" dir="auto">*a* &#60;b&#62;\n')
    expect(renderMarkdown(rows(3000, (i) => (i % 2 ? '' : '*a*')))).toContain('<em>a</em>')
  })

  it('reads a long paragraph in pieces, cut before a line end or a space', () => {
    const lines = rows(400, (i) => `*line* ${i}`)
    const html = renderMarkdown(lines)
    expect(html.match(/<em>line<\/em>/g)).toHaveLength(400)
    expect(html.match(/<br>/g)).toHaveLength(399)
    expect(renderMarkdown('some **word** '.repeat(400)).match(/<strong>/g)).toHaveLength(400)
    expect(visibleText(renderMarkdown('b'.repeat(7000)))).toBe(`${'b'.repeat(7000)}\n`)
  })

  it('looks for no marks in a long text that is made of them', () => {
    expect(renderMarkdown('*a* '.repeat(130))).toContain('>*a* *a*')
    expect(renderMarkdown('*a* '.repeat(120))).toContain('<em>a</em> <em>a</em>')
  })
})
