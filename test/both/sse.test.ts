import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseReader, type ServerEvent } from '../../src/model/client/sse.ts'

const NEWLINE = fc.constantFrom('\n', '\r\n', '\r')
const LINE = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'data',
    'data:',
    'data: ',
    'data:  two',
    'event: ping',
    'event',
    ':',
    ': hm',
    'id: 1',
  ),
  fc.constantFrom(
    'retry: 5',
    'data: {"a": "b: c"}',
    'Data: x',
    ' data: x',
    'data : x',
    'event: \u00fc🚀',
  ),
  fc.string({ maxLength: 8 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
)
const STREAM = fc
  .tuple(fc.constantFrom('', '\ufeff'), fc.array(fc.tuple(LINE, NEWLINE), { maxLength: 20 }))
  .map(([mark, lines]) => mark + lines.flat().join(''))

/** What a parser that many use makes of it. It also gives events without data, which the standard drops. */
function reference(text: string): ServerEvent[] {
  const events: ServerEvent[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ name: event ?? '', data }),
  })
  parser.feed(`${text}\n\n`)
  return events.filter(({ data }) => data !== '')
}

describe('createSseReader', () => {
  it('reads what another parser reads, however the text is cut', () => {
    fc.assert(
      fc.property(STREAM, fc.array(fc.nat(200), { maxLength: 6 }), (text, cuts) => {
        const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort(
          (a, b) => a - b,
        )
        const reader = createSseReader()
        const events = ends.flatMap((end, i) => reader.push(text.slice(ends[i - 1] ?? 0, end)))
        expect([...events, ...reader.end()]).toEqual(reference(text))
      }),
      { numRuns: 2000, seed: 20_261_123 },
    )
  })

  it('takes a field "error" for an event, and the last event without an empty line', () => {
    const reader = createSseReader()
    expect(reader.push('error: {"code":503}\ndata: last')).toEqual([
      { name: 'error', data: '{"code":503}' },
    ])
    expect(reader.end()).toEqual([{ name: '', data: 'last' }])
  })

  it('reads a long line in proportion to its length, however it is cut', {
    timeout: 20_000,
  }, () => {
    const text = `data: ${'x'.repeat(200_000)}\r\n\r\n`
    for (let round = 0; round < 5; round++) {
      const reader = createSseReader()
      const events = [...text].flatMap((char) => reader.push(char))
      expect(events.map(({ data }) => data.length)).toEqual([200_000])
    }
  })

  it('refuses endless lines without a value', () => {
    expect(() => createSseReader().push('data\n'.repeat(300_000))).toThrow(/event of over/)
  })

  it.each([
    ['one line', `data: ${'x'.repeat(300_000)}`],
    ['many lines', 'data: xxxxxxx\n'.repeat(40_000)],
  ])('refuses an event that never ends, of %s', (_name, text) => {
    expect(() => createSseReader().push(text)).toThrow(/event of over/)
    expect(() => createSseReader().push(`${text.slice(0, 200_000)}\n\n`)).not.toThrow()
  })
})
