/** What a model on the network says besides its text: reasoning, usage, and who it is. */

import { describe, expect, inject, it } from 'vitest'
import { createHuggingFaceModel } from '../../src/model/client/client.ts'
import type { FetchLike } from '../../src/model/client/send.ts'
import { type ProtocolName, resolveEndpoint } from '../../src/model/endpoint.ts'
import type { Ending, Message, ModelEvent } from '../../src/model/model.ts'
import { recorded } from '../support/recorded.ts'
import { bytesOf, type ScriptedAnswer, scripted } from '../support/script.ts'
import { type PulledModel, pulled } from '../support/text-model.ts'

const server = inject('modelServer')
const PATHS: Record<ProtocolName, string> = {
  'text-generation': '/',
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
}
const PROTOCOLS: readonly ProtocolName[] = ['chat', 'completion', 'text-generation']
const REFUSED = '[fault:no-stream-options]'

interface Options {
  readonly protocol?: ProtocolName
  readonly fetch?: FetchLike
  readonly now?: () => number
}

function modelOf({ protocol = 'chat', ...options }: Options = {}): PulledModel {
  const resolved = resolveEndpoint(server + PATHS[protocol], protocol)
  if (!resolved.ok) throw new Error(resolved.problem)
  const { endpoint } = resolved
  const settings = { endpoint, model: 'org/name', token: '', maxNewTokens: 50, timeoutMs: 5000 }
  return pulled(createHuggingFaceModel(settings, { retryBaseMs: 5, ...options }))
}

interface Heard {
  readonly text: string
  readonly reasoning: string
  /** The kinds of events in order, neighbours of one kind as one. */
  readonly kinds: string
  readonly usage: unknown
  readonly ending: Ending
  readonly tries: number
}

async function ask(model: PulledModel, message: string, stream = true): Promise<Heard> {
  const messages: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: message },
  ]
  let tries = 1
  const onRetry = () => {
    tries += 1
  }
  const { signal } = new AbortController()
  const answer = model.answer(messages, { signal, stream, onRetry })
  const events: ModelEvent[] = []
  let next = await answer.next()
  for (; !next.done; next = await answer.next()) events.push(next.value)
  const joined = (kind: 'text' | 'reasoning') =>
    events.map((event) => (event.kind === kind ? event.text : '')).join('')
  const kinds = events.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1])
  const usages = events.flatMap((event) => (event.kind === 'usage' ? [event.usage] : []))
  expect(usages.length).toBeLessThan(2)
  return {
    text: joined('text'),
    reasoning: joined('reasoning'),
    kinds: kinds.join(),
    usage: usages[0] ?? null,
    ending: next.value,
    tries,
  }
}

const frame = (data: unknown) => bytesOf(`data: ${JSON.stringify(data)}\n\n`)
const delta = (fields: object, finish_reason: string | null = null, more: object = {}) =>
  frame({ choices: [{ index: 0, delta: fields, finish_reason }], ...more })
const DONE = 'data: [DONE]\n\n'
const HI = delta({ content: 'Hi' }, 'stop')
const refusal = (status: number, body: unknown): ScriptedAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  chunks: [bytesOf(JSON.stringify(body))],
})
/** What the requests of a message asked for. */
const askedFor = async (message: string): Promise<string[]> =>
  (await recorded(server, message.slice(-36))).map(({ body }) =>
    'stream_options' in JSON.parse(body) ? 'usage' : 'none',
  )

describe('usage', () => {
  it.each(PROTOCOLS)('is told by a %s server, at the end of a stream', async (protocol) => {
    const { text, kinds, usage, ending } = await ask(modelOf({ protocol }), 'Hi')
    expect([text, kinds]).toEqual(['Reply to 1 of yours.', 'text,usage'])
    const promptTokens = protocol === 'chat' ? 3 : 7
    expect(usage).toEqual({ promptTokens, completionTokens: 5 })
    expect(ending).toEqual({ finish: 'stop', model: 'org/name' })
  })

  it.each(['chat', 'completion'] as const)('is told in one piece by %s', async (protocol) => {
    const { usage, tries } = await ask(modelOf({ protocol }), 'Hi', false)
    expect(usage).toMatchObject({ completionTokens: 5 })
    expect(tries).toBe(1)
  })

  it('is waited for after the reply, and comes once however often it is told', async () => {
    const usage = (completion_tokens: number) => ({
      usage: { prompt_tokens: 1, completion_tokens },
    })
    const message = scripted({
      chunks: [
        delta({ content: 'Hi' }, null, usage(1)),
        delta({ content: '!' }, 'stop', usage(2)),
        ': hm\n\n',
        frame({ choices: [], ...usage(3) }),
        DONE,
      ],
      everyMs: 60,
    })
    const heard = await ask(modelOf(), message)
    expect(heard).toMatchObject({ text: 'Hi!', kinds: 'text,usage' })
    expect(heard.usage).toEqual({ promptTokens: 1, completionTokens: 3 })
  })

  it('is none where the server says none', async () => {
    expect((await ask(modelOf(), scripted({ chunks: [HI, DONE] }))).usage).toBeNull()
  })

  it('is told of a reply that stayed empty', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 50 }
    const message = scripted({ chunks: [delta({ content: ' ' }, 'length', { usage }), DONE] })
    const { signal } = new AbortController()
    const answer = modelOf().answer([{ role: 'user', content: message }], { signal, stream: true })
    expect((await answer.next()).value).toMatchObject({ kind: 'usage' })
    await expect(answer.next()).rejects.toMatchObject({ code: 'model_empty' })
  })
})

describe('a server that takes no stream_options', () => {
  it.each(['chat', 'completion'] as const)(
    'is asked once more without, and later at once so, over %s',
    async (protocol) => {
      const model = modelOf({ protocol })
      const first = `${REFUSED} ${crypto.randomUUID()}`
      expect(await ask(model, first)).toMatchObject({
        text: 'Reply to 1 of yours.',
        usage: null,
        tries: 2,
      })
      expect(await askedFor(first)).toEqual(['usage', 'none'])
      const later = `${REFUSED} ${crypto.randomUUID()}`
      expect(await ask(model, later)).toMatchObject({ text: 'Reply to 1 of yours.', tries: 1 })
      expect(await askedFor(later)).toEqual(['none'])
    },
  )

  it('answers two first visitors at once', async () => {
    const model = modelOf()
    const both = await Promise.all([ask(model, REFUSED), ask(model, REFUSED)])
    expect(both.map(({ tries }) => tries)).toEqual([2, 2])
  })

  it('is asked again an hour later, and so learns of a better one', async () => {
    let now = 0
    const model = modelOf({ now: () => now })
    await ask(model, REFUSED)
    now = 3_600_000
    expect((await ask(model, 'Hi')).usage).not.toBeNull()
    expect((await ask(model, 'Hi')).usage).not.toBeNull()
  })

  it.each<[number, unknown]>([
    [400, { error: { message: 'Unrecognized request argument supplied: stream_options' } }],
    [400, { error: { message: "unknown field 'stream_options', expected one of `model`" } }],
    [400, { message: 'This model does not support stream options.' }],
    [400, { error: { message: 'The model llama: stream_options is not supported' } }],
    [400, { error: 'Additional properties are not allowed' }],
    [422, { detail: [{ type: 'extra_forbidden', msg: 'Extra inputs are not permitted' }] }],
    [422, { detail: [{ loc: ['body', 'stream_options'], msg: 'extra fields not permitted' }] }],
    [422, { error: 'Input validation error: unexpected keyword argument' }],
  ])('may say so with %i: %j', async (status, body) => {
    const model = modelOf()
    const message = scripted(refusal(status, body), { chunks: [HI, DONE] })
    expect(await ask(model, message)).toMatchObject({ text: 'Hi', tries: 2 })
    const later = crypto.randomUUID()
    await ask(model, later)
    expect(await askedFor(later)).toEqual(['none'])
  })

  it('is none that refuses for good: nothing is learned from its words', async () => {
    const model = modelOf()
    const message = scripted(refusal(400, { error: 'unknown field stream_options' }))
    await expect(ask(model, message)).rejects.toMatchObject({ code: 'model_error' })
    expect(await askedFor(message)).toEqual(['usage', 'none'])
    expect((await ask(model, 'Hi')).usage).not.toBeNull()
  })

  it('is none because a visitor speaks of it', async () => {
    const model = modelOf()
    const words = 'What are stream_options?'
    const repeated = refusal(400, { error: `Not allowed: "${words}"` })
    expect((await ask(model, `${words} ${scripted(repeated, { chunks: [HI] })}`)).text).toBe('Hi')
    expect((await ask(model, 'Hi')).usage).not.toBeNull()
  })

  it('is none for another reason: a 500 or a request in one piece is not asked differently', async () => {
    const body = { error: 'unknown field stream_options' }
    const failing = scripted(refusal(500, body))
    await expect(ask(modelOf(), failing)).rejects.toMatchObject({ code: 'model_error' })
    expect(await askedFor(failing)).toEqual(['usage', 'usage'])
    const whole = scripted(refusal(400, body))
    await expect(ask(modelOf(), whole, false)).rejects.toMatchObject({ code: 'model_error' })
    expect(await askedFor(whole)).toEqual(['none'])
  })
})

describe('reasoning', () => {
  it.each([
    ['fields', [delta({ reasoning_content: 'hm, ' }), delta({ reasoning: 'well' }), HI, DONE]],
    ['marks', [delta({ content: '<think>hm, we' }), delta({ content: 'll</think> Hi' }), DONE]],
    ['a body', [bytesOf('{"choices":[{"message":{"content":"Hi","reasoning":"hm, well"}}]}')]],
  ])('comes apart from the text and before it, out of %s', async (_name, chunks) => {
    const { text, reasoning, kinds } = await ask(modelOf(), scripted({ chunks, everyMs: 5 }))
    expect([text, reasoning, kinds]).toEqual(['Hi', 'hm, well', 'reasoning,text'])
  })

  it('comes while the model reasons, in one event for all that came at once', async () => {
    const thought = delta({ reasoning_content: 'hm ' }).repeat(100)
    const message = scripted({ chunks: [thought], ends: 'hang' })
    const visitor = new AbortController()
    const options = { signal: visitor.signal, stream: true }
    const answer = modelOf().answer([{ role: 'user', content: message }], options)
    let heard = ''
    while (heard.length < 300) {
      const { value } = await answer.next()
      heard += value && 'kind' in value && value.kind === 'reasoning' ? value.text : ''
    }
    expect(heard).toBe('hm '.repeat(100))
    visitor.abort('left')
    await expect(answer.next()).rejects.toBe('left')
  })

  it('is no word: a server that breaks off after it is asked again', async () => {
    const thought = delta({ reasoning_content: 'hm ' }, null, { model: 'a' })
    const message = scripted(
      { chunks: [thought], everyMs: 20, ends: 'reset' },
      { chunks: [delta({ reasoning_content: 'so ' }, null, { model: 'b' }), HI, DONE] },
    )
    const { text, reasoning, ending, tries } = await ask(modelOf(), message)
    expect([text, reasoning, tries]).toEqual(['Hi', 'hm so ', 2])
    expect(ending.model).toBe('b')
  })
})

describe('the model that spoke', () => {
  it.each([
    ['as the server names it', 'other/Name-1.0:fastest', 'other/Name-1.0:fastest'],
    ['as it was asked for, where the name is none', 'a b\nc', 'org/name'],
    ['as it was asked for, where the name is a text', 'x'.repeat(101), 'org/name'],
    ['as it was asked for, where the server gives none', undefined, 'org/name'],
  ])('is named %s', async (_name, model, spoke) => {
    const streamed = scripted({ chunks: [delta({ content: 'Hi' }, 'stop', { model }), DONE] })
    expect((await ask(modelOf(), streamed)).ending.model).toBe(spoke)
    const whole = { model, choices: [{ message: { content: 'Hi' } }] }
    const body = scripted({ chunks: [bytesOf(JSON.stringify(whole))] })
    expect((await ask(modelOf(), body, false)).ending.model).toBe(spoke)
  })
})

describe('fetch', () => {
  it('is the one that the client is given', async () => {
    const asked: string[] = []
    const fetch: FetchLike = async (url, { redirect }) => {
      asked.push(`${redirect} ${url}`)
      return Response.json({ choices: [{ message: { content: 'Hi' } }] })
    }
    expect((await ask(modelOf({ fetch }), 'Hello', false)).text).toBe('Hi')
    expect(asked).toEqual([`manual ${new URL(PATHS.chat, server)}`])
  })
})
