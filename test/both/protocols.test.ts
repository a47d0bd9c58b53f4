import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/model/model.ts'
import { alternate, chat } from '../../src/model/protocols/chat.ts'
import { completion } from '../../src/model/protocols/completion.ts'
import type { Protocol } from '../../src/model/protocols/protocol.ts'
import { textGeneration } from '../../src/model/protocols/text-generation.ts'

const conversation: Message[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hi' },
]
const options = {
  model: 'org/name',
  maxNewTokens: 50,
  stream: false,
  foldsSystem: false,
  asksUsage: true,
}

/** The reply in a whole body; null when it is not the protocol's. */
function replyOf(protocol: Protocol, body: unknown): string | null {
  const piece = protocol.readBody(body)
  if (!piece) return null
  const filter = protocol.createFilter(conversation, () => {})
  return (filter.push(piece.text) + filter.end()).trim()
}
const prompt = 'Be kind.\n\n### User:\nHi\n\n### Assistant:\n'
const stop = ['\n### User:', '\n### Assistant:', '\n### System:']

describe('textGeneration', () => {
  it('asks with the prompt, without echo, stopping at the next turn', () => {
    expect(textGeneration.buildRequest(conversation, options)).toEqual({
      inputs: prompt,
      parameters: { max_new_tokens: 50, return_full_text: false, stop },
    })
  })

  it.each([
    ['an array, as at the root', [{ generated_text: 'Hello' }], 'Hello'],
    ['an object, as at /generate', { generated_text: 'Hello', details: {} }, 'Hello'],
    ['an echo', [{ generated_text: `${prompt}Hello\n### User:` }], 'Hello'],
    ['an empty reply', { generated_text: prompt }, ''],
    ['an empty array', [], null],
    ['no text', [{ generated_text: null }], null],
    ['a string', 'str', null],
    ['null', null, null],
  ])('reads %s', (_name, body, reply) => {
    expect(replyOf(textGeneration, body)).toBe(reply)
  })
})

describe('completion', () => {
  it('asks with the prompt in the OpenAI shape', () => {
    expect(completion.buildRequest(conversation, options)).toEqual({
      model: 'org/name',
      prompt,
      max_tokens: 50,
      stop,
      stream: false,
    })
  })

  it.each([
    ['a text', { choices: [{ text: 'Hello</s>', index: 0, finish_reason: 'stop' }] }, 'Hello'],
    ['no choice', { choices: [] }, null],
    ['a chat body', { choices: [{ message: { content: 'Hello' } }] }, null],
  ])('reads %s', (_name, body, reply) => {
    expect(replyOf(completion, body)).toBe(reply)
  })
})

describe('chat', () => {
  it('asks with roles, the model first in the body', () => {
    const body = chat.buildRequest(conversation, options)
    expect(body).toEqual({
      model: 'org/name',
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
      ],
      max_tokens: 50,
      stream: false,
    })
    expect(Object.keys(body)[0]).toBe('model')
  })

  const reply = (content: unknown) => ({ choices: [{ message: { role: 'assistant', content } }] })
  it.each([
    ['a text', reply(' Hello '), 'Hello'],
    ['parts', reply([{ type: 'text', text: 'a' }, { type: 'image_url' }, { text: 'b' }]), 'ab'],
    ['reasoning before the text', reply('<think>\nplan\n</think>\n\nHi'), 'Hi'],
    ['reasoning that never ended', reply('<think>\nplan'), ''],
    ['a header inside the text', reply('### User: literal'), '### User: literal'],
    ['null', reply(null), ''],
    ['a number', reply(7), null],
    ['no message', { choices: [{}] }, null],
    ['no choices', {}, null],
  ])('reads %s', (_name, body, expected) => {
    expect(replyOf(chat, body)).toBe(expected)
  })
})

describe('a chat request to a model without a system role', () => {
  it('puts the system text before the first message', () => {
    expect(chat.buildRequest(conversation, { ...options, foldsSystem: true })).toMatchObject({
      messages: [{ role: 'user', content: 'Be kind.\n\nHi' }],
    })
  })
})

describe('a streamed request', () => {
  const streamed = { ...options, stream: true }
  it('asks for a stream, and for the details that tell how it ended', () => {
    expect(chat.buildRequest(conversation, streamed)).toMatchObject({ stream: true })
    expect(completion.buildRequest(conversation, streamed)).toMatchObject({ stream: true })
    expect(textGeneration.buildRequest(conversation, streamed)).toMatchObject({
      stream: true,
      parameters: { details: true },
    })
  })

  it.each([
    ['http://x/generate', true, 'http://x/generate_stream'],
    ['http://x/generate_stream?a=1', false, 'http://x/generate?a=1'],
    ['http://x/models/a', true, 'http://x/models/a'],
  ])('turns %s into the path for stream=%s', (url, stream, expected) => {
    expect(textGeneration.toUrl(url, stream)).toBe(expected)
  })
})

describe('alternate', () => {
  const roles = (messages: readonly Message[]) => messages.map(({ role }) => role)

  it('makes one system message, then user and assistant in turns', () => {
    const sent = alternate([
      { role: 'system', content: 'A' },
      { role: 'user', content: '1' },
      { role: 'user', content: '2' },
      { role: 'assistant', content: '3' },
      { role: 'assistant', content: '4' },
      { role: 'system', content: 'B' },
      { role: 'user', content: '5' },
      { role: 'user', content: ' ' },
    ])
    expect(sent).toEqual([
      { role: 'system', content: 'A\n\nB' },
      { role: 'user', content: '1\n\n2' },
      { role: 'assistant', content: '3\n\n4' },
      { role: 'user', content: '5' },
    ])
  })

  it('drops an assistant that the window left at the start', () => {
    expect(roles(alternate([{ role: 'assistant', content: 'x' }, ...conversation]))).toEqual([
      'system',
      'user',
    ])
  })

  it('ends with a user', () => {
    expect(roles(alternate([...conversation, { role: 'assistant', content: 'x' }]))).toEqual([
      'system',
      'user',
    ])
  })
})
