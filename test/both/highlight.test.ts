import { describe, expect, it } from 'vitest'
import { highlight } from '../../src/markdown/highlight.ts'
import { findUnsafe, visibleText } from '../support/safe-html.ts'

/** Each part as its letter and text: `k:const`. */
function parts(code: string, language: string): string[] {
  const html = highlight(code, language)
  return [...html.matchAll(/<span class="hl-(.)">(.*?)<\/span>/gs)].map(
    ([, kind, text = '']) => `${kind}:${visibleText(text)}`,
  )
}

describe('highlight', () => {
  it.each([
    ['js', 'const a = "x" // note', ['k:const', 's:"x"', 'c:// note']],
    ['ts', 'let n: number = 0x1f; `a $b`', ['k:let', 'n:0x1f', 's:`a $b`']],
    ['c', '/* a\nb */ return 1.5;', ['c:/* a\nb */', 'k:return', 'n:1.5']],
    ['rust', "fn f<'a>(c: T) { 'x' }", ['k:fn', "s:'x'"]],
    ['python', 'def f(): # go\n  """a\nb"""', ['k:def', 'c:# go', 's:"""a\nb"""']],
    ['bash', 'if [ "$a" ]; then echo $#; fi', ['k:if', 's:"$a"', 'k:then', 'k:fi']],
    ['yaml', 'a: true # yes', ['k:true', 'c:# yes']],
    ['SQL', "SELECT 1 -- all\nwhere a = 'b'", ['k:SELECT', 'n:1', 'c:-- all', 'k:where', "s:'b'"]],
    [
      'html',
      '<a href="x">t</a><!-- c -->',
      ['k:<a', 's:"x"', 'k:>', 'k:</a', 'k:>', 'c:<!-- c -->'],
    ],
    ['json', '{"a": [1, null]}', ['s:"a"', 'n:1', 'k:null']],
  ])('finds the parts of %s', (language, code, expected) => {
    expect(parts(code, language)).toEqual(expected)
  })

  it('does not take a piece of a word for a keyword or a number', () => {
    expect(parts('format returned x2 $if', 'js')).toEqual([])
  })

  it('only escapes a language it does not know, and code that is too long', () => {
    expect(highlight('if <b> & "c"', 'brainfuck')).toBe('if &#60;b&#62; &#38; &#34;c&#34;')
    expect(highlight('if '.repeat(7000), 'js')).toBe('if '.repeat(7000))
  })

  const hostile = [
    '"',
    "'",
    '`',
    '/*',
    '"""',
    '<!--',
    '\\',
    '"\\',
    '#',
    '1.',
    'a',
    '<a',
    '="',
    '--',
    "'\\",
  ]
  const languages = ['js', 'rust', 'python', 'sql', 'json', 'html']
  it.each(hostile)(
    'takes time in proportion to the length of %j, and keeps every character',
    (piece) => {
      for (const language of languages) {
        const code = piece.repeat(20_000 / piece.length)
        const started = performance.now()
        const html = highlight(code, language)
        // Measured: 1 to 5 ms. On workerd this clock stands still, and only the rest is tested.
        expect(performance.now() - started, language).toBeLessThan(500)
        expect(visibleText(html), language).toBe(code)
        expect(findUnsafe(html), language).toBeNull()
      }
    },
  )
})
