import { describe, expect, it } from 'vitest'
import { createEchoSkipper } from '../../src/model/filters/echo-skipper.ts'
import { createEndTrimmer } from '../../src/model/filters/end-trimmer.ts'
import { chain, type TextFilter } from '../../src/model/filters/filter.ts'
import { createReasoningFilter } from '../../src/model/filters/reasoning.ts'
import { createTurnCutter } from '../../src/model/filters/turn-cutter.ts'

const P = '### User:\nhi\n### Assistant:\n'
const forPrompt = () => chain([createEchoSkipper(P), createTurnCutter(), createEndTrimmer()])
const forChat = (hear: (reasoning: string) => void = () => {}) =>
  chain([createReasoningFilter(hear), createEndTrimmer()])

/** The reply that a filter makes of some pieces. */
function run(filter: TextFilter, pieces: readonly string[]): string {
  const passed = pieces.map((piece) => filter.push(piece)).join('')
  return passed + filter.end()
}

const prompted: [string, string, string][] = [
  ['the echoed prompt', `${P}Hello!`, 'Hello!'],
  ['no echo', 'Hello!', 'Hello!'],
  ['the next turn', `${P}Hello!\n### User:\nmore`, 'Hello!'],
  ['an inline header', 'Use "### Assistant:" inline.', 'Use "### Assistant:" inline.'],
  ['a repeated header and a special token', '### Assistant: Hi</s>', 'Hi'],
  ['several special tokens', 'Hi\n<|im_end|></s>', 'Hi'],
  ['a special token before a line end', 'Hi<|eot_id|>\n', 'Hi'],
  ['a special token that is talked about', ' </s> is the EOS token.', '</s> is the EOS token.'],
  ['the stop text kept', 'Hello\n### User:', 'Hello'],
  ['special tokens before the next turn', 'Hello</s>\n### User: x', 'Hello'],
  ['nothing after the prompt', P, ''],
  ['a prompt echoed without its last line end', `${P.trimEnd()} Hello`, 'Hello'],
  ['a heading', '### Usage\n\n## More\n#', '### Usage\n\n## More\n#'],
  [
    'headings that begin like a header',
    'a\n### Users\nb\n### Assist',
    'a\n### Users\nb\n### Assist',
  ],
  ['a header in other letters', 'a\n\t###  SYSTEM  : b', 'a'],
  ['a turn at the very start', '### User: me', ''],
  ['half a special token', 'a <|im', 'a <|im'],
  ['white space, then a repeated header', ' \n\n ### Assistant:\n\nHi\n', 'Hi'],
  ['a header repeated twice', '### Assistant:\n### Assistant: Hi', ''],
  ['half a header, then another line', '### Assist\nHi', '### Assist\nHi'],
  [
    'a header after too many blanks',
    `a\n${' '.repeat(70)}### User: b`,
    `a\n${' '.repeat(70)}### User: b`,
  ],
  ['line ends of Windows', 'a\r\nb\r\n### User:\r\nc', 'a\r\nb'],
  ['code', 'if (a < b) {\n  # no\n}', 'if (a < b) {\n  # no\n}'],
]
const chatted: [string, string, string][] = [
  ['reasoning before the text', '<think>\nplan\n</think>\n\nHi', 'Hi'],
  ['reasoning that never ended', '<think>\nplan </thin', ''],
  ['a header inside the text', 'a\n### User: literal', 'a\n### User: literal'],
  ['a mark in the middle', 'Use <think> like this </think>', 'Use <think> like this </think>'],
  ['something that begins like a mark', '<thin air', '<thin air'],
  ['special tokens', 'Hi<|im_end|>', 'Hi'],
]

describe.each([
  ['the prompt protocols', forPrompt, prompted],
  ['chat', () => forChat(), chatted],
] as const)('the filters of %s', (_name, create, cases) => {
  it.each(cases)('make the reply of %s', (_what, text, reply) => {
    expect(run(create(), [text]).trim()).toBe(reply)
  })

  it.each(cases)('make the same of %s, however it is split', (_what, text, reply) => {
    expect(run(create(), [...text]).trim()).toBe(reply)
    for (let i = 1; i < text.length; i++) {
      expect(run(create(), [text.slice(0, i), text.slice(i)]).trim(), `split at ${i}`).toBe(reply)
    }
  })
})

describe('createReasoningFilter', () => {
  const thinking: [string, string, string][] = [
    ['what stands between the marks', ' <think>\nplan </thin\n</think>\n\nHi', '\nplan </thin\n'],
    ['what has no closing mark', '<think>plan </thin', 'plan </thin'],
    ['nothing', '<think></think>Hi', ''],
    ['nothing of a reply', 'Use <think> like this </think>', ''],
    ['nothing of a second mark', '<think>a</think>b<think>c</think>', 'a'],
  ]
  it.each(thinking)('hears %s, however it is split', (_what, text, expected) => {
    for (let i = 0; i <= text.length; i++) {
      const heard: string[] = []
      run(
        forChat((reasoning) => heard.push(reasoning)),
        [text.slice(0, i), text.slice(i)],
      )
      expect(heard.join(''), `split at ${i}`).toBe(expected)
      expect(heard).not.toContain('')
    }
  })

  it('passes reasoning on while it comes', () => {
    const heard: string[] = []
    const filter = forChat((reasoning) => heard.push(reasoning))
    for (const piece of ['<think>', 'one two three', ' four']) filter.push(piece)
    expect(heard.join('')).toBe('one two thr')
  })
})

describe('createTurnCutter', () => {
  it('says when the model may stop', () => {
    const filter = forPrompt()
    for (const piece of ['Hello', '\n', '###', ' User']) filter.push(piece)
    expect(filter.done).toBe(false)
    expect(filter.push(':')).toBe('')
    expect(filter.done).toBe(true)
    expect(filter.push(' more')).toBe('')
  })

  it('holds back nothing but what could become a header', () => {
    const filter = createTurnCutter()
    expect(filter.push('Hello ##')).toBe('Hello ##')
    expect(filter.push('\n## Heading')).toBe('\n## Heading')
    expect(filter.push('\n###')).toBe('')
    expect(filter.push(' Use')).toBe('')
    expect(filter.push('ful')).toBe('\n### Useful')
  })
})

describe('createEchoSkipper', () => {
  it('gives back what began like the prompt and was the reply', () => {
    expect(run(createEchoSkipper('Be kind.\n'), ['Be', ' k', 'een'])).toBe('Be keen')
    expect(run(createEchoSkipper('Be kind.\n'), ['Be', ' ki'])).toBe('Be ki')
  })
})

describe('a filter that gets one character at a time', () => {
  const P_LONG = `${'Tell me more. '.repeat(20_000)}\n### Assistant:\n`
  const texts: [string, () => TextFilter, string][] = [
    [
      'white space',
      () => chain([createTurnCutter(), createEndTrimmer()]),
      `a${' '.repeat(200_000)}b`,
    ],
    ['white space at the start', () => forChat(), `${' '.repeat(200_000)}b`],
    ['line ends', forPrompt, `a${'\n'.repeat(200_000)}b`],
    ['special tokens', forPrompt, `a${'</s>'.repeat(50_000)}b`],
    ['reasoning', () => forChat(), `<think>${'<'.repeat(200_000)}</think>b`],
    ['lines that begin like headers', forPrompt, `a${'\n### Use'.repeat(25_000)}b`],
    [
      'an echo',
      () => chain([createEchoSkipper(P_LONG), createTurnCutter(), createEndTrimmer()]),
      `${P_LONG}b`,
    ],
  ]
  // What copies all that came before with each character takes minutes for these.
  it.each(texts)(
    'reads %s in time that is in proportion',
    { timeout: 20_000 },
    (name, create, text) => {
      const reply = run(create(), [...text])
      expect(reply.endsWith('b')).toBe(true)
      if (name === 'an echo') expect(reply).toBe('b')
    },
  )
})

describe('createEndTrimmer', () => {
  it('passes every word on as soon as the next one comes', () => {
    const filter = createEndTrimmer()
    expect(['a ', 'b', ' <', 'c'].map((piece) => filter.push(piece))).toEqual([
      'a',
      ' b',
      '',
      ' <c',
    ])
  })
})
