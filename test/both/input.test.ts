import { describe, expect, it } from 'vitest'
import {
  MAX_MESSAGE_CHARS,
  parseChatRequest,
  parseCommitRequest,
} from '../../src/conversation/input.ts'
import { AppError } from '../../src/errors.ts'

/** Code and detail of the error that something throws. */
function refusalOf(run: () => unknown): readonly [string, string] | null {
  try {
    run()
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return [error.code, error.detail]
  }
}

describe('parseChatRequest()', () => {
  it('reads a message and what may come along', () => {
    const body = { message: ' \n a\r\nb\rc \t', receipts: ['1.a.b'], replaces: 'last', html: true }
    expect(parseChatRequest(body)).toEqual({
      message: 'a\nb\nc',
      receipts: ['1.a.b'],
      replaces: 'last',
      wantsHtml: true,
    })
  })

  it('takes a message alone, and knows nothing of other fields', () => {
    const alone = { message: 'Hi', receipts: [], replaces: 'nothing', wantsHtml: false }
    expect(parseChatRequest({ message: 'Hi' })).toEqual(alone)
    expect(parseChatRequest({ message: 'Hi', html: 'true', other: [] })).toEqual(alone)
    expect(parseChatRequest({ message: 'Hi', receipt: 'x' }).receipts).toEqual(['x'])
    expect(parseChatRequest({ message: 'Hi', receipts: [], receipt: 7 }).receipts).toEqual([])
  })

  it('takes the longest message, counted in characters and not in code units', () => {
    const message = '🚀'.repeat(MAX_MESSAGE_CHARS)
    expect(parseChatRequest({ message }).message).toBe(message)
  })

  it.each<[string, unknown, string, string]>([
    ['nothing', null, 'bad_request', 'the body is not an object'],
    ['a list', [{ message: 'Hi' }], 'bad_request', 'the body is not an object'],
    ['a string', 'Hi', 'bad_request', 'the body is not an object'],
    ['a number for a message', { message: 7 }, 'bad_request', '"message" is not a string'],
    ['null for a message', { message: null }, 'bad_request', '"message" is not a string'],
    ['no message', {}, 'empty_message', ''],
    ['only white space', { message: ' \n\t\u00a0' }, 'empty_message', ''],
    [
      'one character too many',
      { message: 'x'.repeat(MAX_MESSAGE_CHARS + 1) },
      'too_large',
      '"message" is too long',
    ],
    [
      'receipts that are no list',
      { message: 'Hi', receipts: 'x' },
      'bad_request',
      '"receipts" is not a list of strings',
    ],
    [
      'a receipt that is no string',
      { message: 'Hi', receipts: ['x', 7] },
      'bad_request',
      '"receipts" is not a list of strings',
    ],
    [
      'another place than the last',
      { message: 'Hi', replaces: 'first' },
      'bad_request',
      '"replaces" is not "last"',
    ],
    ['an empty message before all else', { message: '', replaces: 1 }, 'empty_message', ''],
  ])('refuses %s', (_name, body, code, detail) => {
    expect(refusalOf(() => parseChatRequest(body))).toEqual([code, detail])
  })
})

describe('parseCommitRequest()', () => {
  it.each<[unknown, readonly string[]]>([
    [{ receipts: ['a', 'b'] }, ['a', 'b']],
    [{ receipt: 'a' }, ['a']],
    [{ receipts: ['a'], receipt: 'b' }, ['a']],
    [{}, []],
    [null, []],
    [['a'], []],
  ])('reads %j', (body, receipts) => {
    expect(parseCommitRequest(body)).toEqual({ receipts })
  })

  it.each([{ receipt: 7 }, { receipts: [7] }, { receipts: null }])('refuses %j', (body) => {
    expect(refusalOf(() => parseCommitRequest(body))).toEqual([
      'bad_request',
      '"receipts" is not a list of strings',
    ])
  })
})
