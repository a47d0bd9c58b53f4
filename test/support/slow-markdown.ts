/**
 * Markdown that is slow to read for parsers that go back: patterns of fragments, and what was once
 * found to be slow.
 */

/** What Markdown gives a meaning to, alone and begun without an end. */
const FRAGMENTS = [
  ...['a', 'b c', '1x', 'é', '😀', '\u00a0', ' ', '  ', '    ', '\t', '\n', '\n\n', '\r', '\r\n'],
  ...['- ', '* ', '+ ', '1. ', '2) ', '> ', '>', '# ', '#', '- [ ] ', '[x] ', '---', '===', '~~~'],
  ...[
    '```\n',
    '|',
    '| ',
    '|-',
    '-|',
    '-:',
    '|-|\n',
    'a|b\n',
    '- a\n',
    '1. a\n',
    '> a\n',
    '  - a\n',
  ],
  ...['***', '**', '*', '_', '__', '~', '~~', '`', '``', '\\', '*a*', '**a**', '`a`', '~~a~~'],
  ...['[', ']', '![', '](', '](b)', '(b "', ')', '[a]', '[a][a]', '[a]: b', '[a]: https://c.d'],
  ...['<', '<a ', '<a href="', '>', '<b>', '</b>', '<!--', '-->', '<?', '<![CDATA[', '&', '&#1;'],
  ...[
    '"',
    "'",
    ':',
    '=',
    '.',
    'http://',
    'https://a.b',
    'www.',
    'www.a.b',
    'a@',
    'a@b.c',
    'mailto:',
  ],
]

/** Repetitions that a reader took time for in proportion to the square of their length. */
export const SLOW_PATTERNS = [
  ...['1x_', '![', '[', '```\n', '<![CDATA[<?```\n'],
  ...['- 1x\n |', '* [a]: b\n">', '1. "<a ***\n":', '* ~~|----\n?', 'a|b\n-:\n', '- -|\n*|'],
  ...[
    '> - > - > - a\nb\n',
    '_mailto:',
    'a@=(b "',
    '[a]: b "',
    '[a](b',
    '- ',
    '+ ',
    '- a\n__[a](b)',
  ],
  ...[
    '> > a\nb\n',
    '  - a\n',
    '> a\n`',
    '*a_ ',
    '- [ ] [a]: https://c.d- a\n',
    '&',
    '>',
    '\r',
    '&\r',
  ],
]

/**
 * @returns `count` patterns, the same for the same seed; some end in another pattern, or are cut
 * into lines by one
 */
export function slowTexts(seed: number, count: number, chars: number): string[] {
  const random = createRandom(seed)
  const pick = () => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)] ?? ''
  const pattern = () => Array.from({ length: 1 + Math.floor(random() * 4) }, pick).join('')
  return Array.from({ length: count }, (_, i) => {
    const repeated = repeat(pattern(), chars)
    if (i % 3 === 0) return repeated
    if (i % 3 === 1) return repeated.slice(0, chars - 8) + pattern()
    return repeat(`${repeat(pattern(), 50 + Math.floor(random() * 2000))}${pattern()}\n`, chars)
  })
}

export function repeat(pattern: string, chars: number): string {
  return pattern.repeat(Math.ceil(chars / pattern.length)).slice(0, chars)
}

/** Numbers from 0 to below 1: a linear congruential generator, by its upper bits. */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) / 2 ** 24
  }
}
