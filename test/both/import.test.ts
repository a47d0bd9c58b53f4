import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeConversation, parseConversation } from '../../src/conversation/codec.ts'
import { startConversation } from '../../src/conversation/conversation.ts'
import { readImport } from '../../src/conversation/import.ts'

const NOW_MS = 1_800_000_000_000
const said = (role: string, content: unknown, more: object = {}) => ({ role, content, ...more })

/** The texts of what was read, from old to new. */
function textsOf(file: unknown): readonly unknown[] | undefined {
  return readImport(file, NOW_MS)?.turns.flatMap(({ user, assistant }) => [user, assistant])
}

/** One node of an export of ChatGPT. */
const node = (parent: string | null, children: string[], message: object | null = null) => ({
  message,
  parent,
  children,
})
const chatGptMessage = (role: string, parts: unknown[], time: number | null = null) => ({
  author: { role },
  content: { content_type: 'text', parts },
  create_time: time,
})

describe('an import of our own', () => {
  it('gives turns, their times, what was stopped and what was forgotten', () => {
    const at = '2026-11-23T12:00:00.000Z'
    const turns = [said('user', 'Hi', { at }), said('assistant', 'Hello', { at, stopped: true })]
    const imported = readImport({ turns, forgotten: 4, title: ' My\nname ' }, NOW_MS)
    expect(imported).toMatchObject({ title: 'My name', forgotten: 4 })
    expect(imported?.turns).toMatchObject([{ user: 'Hi', assistant: 'Hello', stopped: true }])
    expect(imported?.turns[0]?.id.slice(0, 9)).toBe(Date.parse(at).toString(36).padStart(9, '0'))
  })

  it.each([
    ['a foreign role', [said('system', 'x'), said('user', 'q'), said('assistant', 'a')]],
    ['content that is a number', [said('user', 1), said('assistant', 'a')]],
    ['an empty message', [said('user', ' '), said('assistant', 'a')]],
    ['a question alone', [said('user', 'q')]],
    ['an answer alone', [said('assistant', 'a')]],
    ['nothing', []],
  ])('is refused with %s', (_name, turns) => {
    expect(readImport({ turns }, NOW_MS)).toBeNull()
  })

  it('joins neighbours of one role, and leaves out the last question without an answer', () => {
    const turns = [
      said('assistant', 'too early'),
      said('user', 'one'),
      said('user', 'two'),
      said('assistant', 'three'),
      said('assistant', 'four'),
      said('user', 'open'),
    ]
    expect(textsOf({ turns })).toEqual(['one\n\ntwo', 'three\n\nfour'])
  })
})

describe('an import of llama.cpp', () => {
  it('takes questions and answers, and leaves out the rest', () => {
    const messages = [
      said('system', 'Be brief'),
      said('user', 'q', { timestamp: NOW_MS - 5000 }),
      said('tool', 'x'),
      said('assistant', 'a'),
    ]
    const file = { conv: { name: 'Prices' }, messages }
    expect(readImport(file, NOW_MS)).toMatchObject({ title: 'Prices', forgotten: 0 })
    expect(textsOf([file])).toEqual(['q', 'a'])
    expect(textsOf([file, file])).toBeUndefined()
  })
})

describe('an import of ChatGPT', () => {
  const mapping = {
    root: node(null, ['q']),
    q: node('root', ['old', 'new'], chatGptMessage('user', ['What?'], 1_700_000_000.123456)),
    old: node('q', [], chatGptMessage('assistant', ['Other branch'])),
    new: node('q', ['end'], chatGptMessage('assistant', ['This ', { image: 1 }, 'branch'])),
    end: node('new', [], chatGptMessage('tool', ['x'])),
  }

  it('is the branch that was seen last', () => {
    expect(textsOf({ title: 'T', mapping, current_node: 'end' })).toEqual([
      'What?',
      'This \nbranch',
    ])
    expect(textsOf({ title: 'T', mapping, current_node: 'old' })).toEqual(['What?', 'Other branch'])
    expect(textsOf({ title: 'T', mapping })).toEqual(['What?', 'This \nbranch'])
  })

  it('ends although its nodes name one another in a circle', () => {
    const circle = { a: node('b', ['b']), b: node('a', ['a']) }
    expect(readImport({ mapping: circle, current_node: 'a' }, NOW_MS)).toBeNull()
    expect(readImport({ mapping, current_node: '__proto__' }, NOW_MS)).toBeNull()
  })

  it('can be kept in a cookie, whose times are whole milliseconds', () => {
    const { turns = [] } = readImport({ mapping, current_node: 'end' }, NOW_MS) ?? {}
    const conversation = { ...startConversation(NOW_MS / 1000), turns }
    const kept = parseConversation(encodeConversation(conversation), NOW_MS / 1000, 1000)
    expect(kept?.turns).toEqual(turns)
    expect(turns).toHaveLength(1)
  })
})

describe('any file', () => {
  const key = fc.constantFrom(
    ...['turns', 'role', 'content', 'at', 'conv', 'messages', 'timestamp', 'mapping', 'parent'],
    ...['children', 'author', 'parts', 'create_time', 'current_node', 'message', 'forgotten'],
  )
  const time = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.constant(null))
  const message = fc.record(
    {
      role: fc.constantFrom('user', 'assistant', 'system'),
      content: fc.string({ unit: 'binary', minLength: 1 }),
      at: fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)),
      timestamp: time,
    },
    { requiredKeys: ['role', 'content'] },
  )
  const likely = fc.oneof(
    fc.record({ turns: fc.array(message), forgotten: fc.oneof(fc.double(), fc.integer()) }),
    fc.record({ conv: fc.dictionary(key, fc.string()), messages: fc.array(message) }),
    fc.record({
      mapping: fc.dictionary(
        fc.constantFrom('a', 'b', 'c'),
        fc.record({
          parent: fc.constantFrom('a', 'b', 'c', null),
          children: fc.array(fc.string(), { maxLength: 1 }),
          message: fc.record({
            author: fc.record({ role: fc.constantFrom('user', 'assistant') }),
            content: fc.record({ parts: fc.array(fc.jsonValue()) }),
            create_time: time,
          }),
        }),
      ),
      current_node: fc.constantFrom('a', 'b', 'c', null),
    }),
  )

  it('is read or refused, never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.object({ key }), likely), (file) => {
        readImport(file, NOW_MS)
      }),
      { numRuns: 300 },
    )
  })

  it('that is read can be kept, with ids that grow and are before what is said next', () => {
    fc.assert(
      fc.property(likely, (file) => {
        const imported = readImport(file, NOW_MS)
        if (!imported) return
        const { turns, forgotten } = imported
        const conversation = { ...startConversation(NOW_MS / 1000), turns, forgotten }
        const text = encodeConversation(conversation)
        expect(parseConversation(text, NOW_MS / 1000, 1000)).toEqual(conversation)
        const ids = turns.map(({ id }) => id)
        expect(ids).toEqual([...new Set(ids)].sort())
        const next = NOW_MS.toString(36).padStart(9, '0')
        for (const id of ids) expect(id < next).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
