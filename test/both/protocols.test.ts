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

describe('a request for usage', () => {
  const asked = { stream_options: { include_usage: true } }
  it.each([
    ['chat', chat],
    ['completion', completion],
  ] as const)(
    'goes along with a stream of the %s protocol, where it is taken',
    (_name, protocol) => {
      const streamed = { ...options, stream: true }
      expect(protocol.buildRequest(conversation, streamed)).toMatchObject(asked)
      for (const other of [{ ...streamed, asksUsage: false }, options]) {
        expect(protocol.buildRequest(conversation, other)).not.toHaveProperty('stream_options')
      }
      expect(protocol.mayAskUsage).toBe(true)
    },
  )

  it('is none of text generation, which has details', () => {
    expect(textGeneration.mayAskUsage).toBe(false)
    const request = textGeneration.buildRequest(conversation, { ...options, stream: true })
    expect(request).not.toHaveProperty('stream_options')
  })
})

describe('usage', () => {
  const delta = { choices: [{ delta: { content: '' } }] }
  const text = { choices: [{ text: '' }] }
  const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 }
  const timings = { cache_n: 5, prompt_n: 4, prompt_ms: 1.5, predicted_n: 3 }
  const token = { token: { text: 'a' }, generated_text: 'a' }
  const counted = { promptTokens: 9, completionTokens: 3 }
  it.each<[string, Protocol, unknown, unknown]>([
    ['an event without a choice', chat, { choices: [], usage }, counted],
    ['an event with one', chat, { ...delta, usage }, counted],
    ['null', chat, { ...delta, usage: null }, null],
    ['nothing', chat, delta, null],
    ['llama.cpp', chat, { ...delta, timings }, counted],
    ['both, as llama.cpp has them', chat, { choices: [], usage, timings: {} }, counted],
    [
      'an older llama.cpp, which does not count what it knew',
      chat,
      { ...delta, timings: { prompt_n: 4, predicted_n: 3 } },
      { promptTokens: null, completionTokens: 3 },
    ],
    [
      'half of it',
      chat,
      { ...delta, usage: { prompt_tokens: 9 } },
      { ...counted, completionTokens: null },
    ],
    ['nonsense', chat, { ...delta, usage: { prompt_tokens: -1, completion_tokens: '3' } }, null],
    ['no object', chat, { ...delta, usage: 12 }, null],
    ['an event without a choice', completion, { choices: [], usage }, counted],
    ['an event with one', completion, { ...text, usage }, counted],
    [
      'Text Generation Inference',
      textGeneration,
      { ...token, details: { generated_tokens: 3, input_length: 9 } },
      counted,
    ],
    ['Text Generation Inference, in the middle', textGeneration, { ...token, details: null }, null],
  ])('is read from %s', (_name, protocol, event, expected) => {
    expect(protocol.readEvent(event)?.usage).toEqual(expected)
  })

  it.each<[string, Protocol, unknown, unknown]>([
    ['chat', chat, { choices: [{ message: { content: 'a' } }], usage }, counted],
    ['completion', completion, { choices: [{ text: 'a' }], usage }, counted],
    [
      'text generation',
      textGeneration,
      [{ generated_text: 'a', details: { generated_tokens: 3, prefill: [] } }],
      { promptTokens: null, completionTokens: 3 },
    ],
    [
      'text generation with its prompt',
      textGeneration,
      { generated_text: 'a', details: { generated_tokens: 3, prefill: [{ id: 1 }, { id: 2 }] } },
      { promptTokens: 2, completionTokens: 3 },
    ],
  ])('is read from a body of %s', (_name, protocol, body, expected) => {
    expect(protocol.readBody(body)?.usage).toEqual(expected)
  })
})

describe('reasoning', () => {
  it.each([
    ['reasoning_content', { reasoning_content: 'hm' }, 'hm'],
    ['reasoning', { reasoning: 'hm', content: 'Hi' }, 'hm'],
    ['null', { reasoning_content: null, content: 'Hi' }, ''],
    ['what is no text', { reasoning: [{ text: 'hm' }], content: 'Hi' }, ''],
  ])('is read from %s, apart from the text', (_name, delta, reasoning) => {
    const text = 'content' in delta ? delta.content : ''
    expect(chat.readEvent({ choices: [{ delta }] })).toMatchObject({ text, reasoning })
    expect(chat.readBody({ choices: [{ message: delta }] })).toMatchObject({ text, reasoning })
  })
})

describe('a message of parts', () => {
  const parts: Message = {
    role: 'user',
    content: [
      { kind: 'text', text: 'Look:' },
      { kind: 'file', mediaType: 'image/png', key: 'k' },
    ],
  }
  it.each([
    ['chat', chat],
    ['completion', completion],
    ['text generation', textGeneration],
  ] as const)('is sent by its text over %s, without the key', (_name, protocol) => {
    const sent = JSON.stringify(protocol.buildRequest([parts], options))
    expect(sent).toContain('Look:')
    expect(sent).not.toContain('"k"')
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
