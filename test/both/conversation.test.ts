import { describe, expect, it } from 'vitest'
import { MAX_MESSAGE_CHARS, parseChatRequest } from '../../src/conversation/input.ts'
import type { Turn } from '../../src/conversation/turn.ts'
import { selectWindow } from '../../src/conversation/window.ts'
import { AppError, type ErrorCode, toWire } from '../../src/errors.ts'

const turns = (count: number): Turn[] =>
  Array.from({ length: count }, (_, i) => ({ user: `q${i + 1}`, assistant: `a${i + 1}` }))

function codeOf(run: () => unknown): ErrorCode | null {
  try {
    run()
    return null
  } catch (error) {
    return toWire(error).code
  }
}

const messageOf = (body: unknown) => parseChatRequest(body).message

describe('the message of a request', () => {
  it('trims and makes line ends one character', () => {
    expect(messageOf({ message: ' \n a\r\nb\rc \t', other: 1 })).toBe('a\nb\nc')
  })

  it.each<[string, unknown, ErrorCode]>([
    ['an empty message', { message: '' }, 'empty_message'],
    ['only white space', { message: ' \n\t\u00a0' }, 'empty_message'],
    ['no message', {}, 'empty_message'],
    ['a number', { message: 7 }, 'bad_request'],
    ['null', { message: null }, 'bad_request'],
    ['a list', [], 'bad_request'],
    ['a string', 'Hi', 'bad_request'],
    ['nothing', null, 'bad_request'],
    ['one character too many', { message: 'x'.repeat(MAX_MESSAGE_CHARS + 1) }, 'too_large'],
  ])('refuses %s', (_name, body, code) => {
    expect(codeOf(() => messageOf(body))).toBe(code)
  })

  it('takes the longest message, counted in characters and not in code units', () => {
    expect(messageOf({ message: '🚀'.repeat(MAX_MESSAGE_CHARS) })).toHaveLength(64_000)
  })
})

describe('selectWindow', () => {
  it('keeps the newest messages, the new message among them', () => {
    const window = selectWindow('S', turns(14), 'q15', 10)
    expect(window.map(({ content }) => content)).toEqual(
      'S a10 q11 a11 q12 a12 q13 a13 q14 a14 q15'.split(' '),
    )
    expect(window.map(({ role }) => role).slice(0, 3)).toEqual(['system', 'assistant', 'user'])
  })

  it('sends all of a short conversation', () => {
    expect(selectWindow('S', turns(1), 'q2', 10)).toHaveLength(4)
  })

  it('sends the new message alone when one message is allowed', () => {
    expect(selectWindow('S', turns(3), 'q4', 1).map(({ content }) => content)).toEqual(['S', 'q4'])
  })
})

describe('toWire', () => {
  it('calls what it does not know internal, and tells nothing of it', () => {
    const wire = toWire(new Error('secret at http://10.0.0.1'))
    expect(wire).toMatchObject({ status: 500, code: 'internal' })
    expect(wire.sentence).not.toMatch(/secret|http/)
  })

  it('keeps the detail of an error inside', () => {
    const wire = toWire(new AppError('model_error', { detail: 'hf_x at http://10.0.0.1' }))
    expect(JSON.stringify(wire)).not.toMatch(/hf_x|http/)
  })

  it('says when to come back', () => {
    const { sentence } = toWire(new AppError('model_loading', { retryAfterSeconds: 20 }))
    expect(sentence).toBe('The model is starting. Please try again in 20 seconds.')
    expect(toWire(new AppError('model_busy', { retryAfterSeconds: 600 })).sentence).toContain(
      '10 minutes',
    )
  })

  it('names the settings, so that the owner knows which', () => {
    const { sentence } = toWire(new AppError('not_configured', { settings: ['SESSION_SECRET'] }))
    expect(sentence).toContain('SESSION_SECRET')
  })
})
