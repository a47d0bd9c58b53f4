/** What model servers of the field send, right and wrong, and what the app must make of it: one table, in both runtimes. */

import { describe, expect, inject, it } from 'vitest'
import { AppError, type ErrorCode } from '../../src/errors.ts'
import { createHuggingFaceModel } from '../../src/model/client/client.ts'
import { type ProtocolName, resolveEndpoint } from '../../src/model/endpoint.ts'
import type { Finish, Message } from '../../src/model/model.ts'
import { recorded } from '../support/recorded.ts'
import { bytesOf, type ScriptedAnswer, scripted } from '../support/script.ts'
import { pulled, textsOf } from '../support/text-model.ts'

const server = inject('modelServer')
const PATHS: Record<ProtocolName, string> = {
  'text-generation': '/',
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
}
const TIMEOUT_MS = 700

interface Outcome {
  readonly text: string
  readonly pieces: readonly string[]
  readonly finish: Finish | null
  readonly error: AppError | null
  readonly requests: number
}

function modelOf(protocol: ProtocolName) {
  const resolved = resolveEndpoint(server + PATHS[protocol], protocol)
  if (!resolved.ok) throw new Error(resolved.problem)
  const { endpoint } = resolved
  const options = { model: 'm', token: 'hf_x', maxNewTokens: 50, timeoutMs: TIMEOUT_MS }
  return pulled(createHuggingFaceModel({ endpoint, ...options }, { retryBaseMs: 5 }))
}

async function converse(
  protocol: ProtocolName,
  message: string,
  stream = true,
  earlier: readonly Message[] = [],
): Promise<Outcome> {
  const messages: Message[] = [
    { role: 'system', content: 'Be kind.' },
    ...earlier,
    { role: 'user', content: message },
  ]
  const pieces: string[] = []
  let finish: Finish | null = null
  let error: AppError | null = null
  const { signal } = new AbortController()
  const answer = textsOf(modelOf(protocol).answer(messages, { signal, stream }))
  try {
    let next = await answer.next()
    for (; !next.done; next = await answer.next()) pieces.push(next.value)
    finish = next.value
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    error = thrown
  }
  const requests = (await recorded(server, message.slice(-36))).length
  return { text: pieces.join('').trim(), pieces, finish, error, requests }
}

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
const delta = (content: unknown, finish_reason: string | null = null) =>
  frame({ choices: [{ index: 0, delta: { content }, finish_reason }] })
const token = (text: string, special = false) =>
  `data:${JSON.stringify({ index: 1, token: { id: 1, text, special }, generated_text: null, details: null })}\n\n`
const lastToken = (text: string, generated_text: string, details: object | null = null) =>
  `data:${JSON.stringify({ index: 2, token: { id: 2, text, special: true }, generated_text, details })}\n\n`
const textEvent = (text: string, finish_reason: string | null) =>
  frame({ choices: [{ text, index: 0, finish_reason }] })
const DONE = 'data: [DONE]\n\n'
const JSON_TYPE = { 'Content-Type': 'application/json' }

type Row = readonly [
  name: string,
  protocol: ProtocolName,
  answer: ScriptedAnswer,
  expected: { text?: string; finish?: Finish; code?: ErrorCode; requests?: number },
]

const streamed: Row[] = [
  [
    'tokens, then a special one with the whole text (14)',
    'text-generation',
    {
      chunks: [
        token('Hel') + token('lo') + lastToken('</s>', 'Hello', { finish_reason: 'eos_token' }),
      ],
    },
    { text: 'Hello', finish: 'stop' },
  ],
  [
    'the prompt echoed in the last event only (15)',
    'text-generation',
    { chunks: [token('Hel') + token('lo') + lastToken('</s>', 'Be kind.\n\n### User: … Hello')] },
    { text: 'Hello', finish: 'stop' },
  ],
  [
    'a reply cut by its length',
    'text-generation',
    { chunks: [token('Hel') + lastToken('lo', 'Hello', { finish_reason: 'length' })] },
    { text: 'Hel', finish: 'length' },
  ],
  [
    'a header of the next turn, split over tokens (16)',
    'text-generation',
    {
      chunks: ['Hi', '\n', '###', ' User', ':', ' me'].map((text) => token(text)),
      everyMs: 5,
      ends: 'hang',
    },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'an error after a token (17)',
    'text-generation',
    {
      chunks: [
        `${token('Hel')}data:{"error":"Request failed during generation: CUDA","error_type":"generation"}\n\n`,
      ],
    },
    { text: 'Hel', code: 'model_error', requests: 1 },
  ],
  [
    'overload as the first event of a 200',
    'text-generation',
    { chunks: ['data:{"error":"Model is overloaded","error_type":"overloaded"}\n\n'] },
    { code: 'model_busy', requests: 3 },
  ],
  [
    'an error that a gateway calls a finish reason',
    'chat',
    { chunks: [delta('Half'), delta('', 'error'), DONE] },
    { text: 'Half', code: 'model_error', requests: 1 },
  ],
  [
    'a null, an empty delta, and no line end after the last word (24)',
    'chat',
    {
      chunks: [
        delta(null) +
          delta('Hi') +
          frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
          'data: [DONE]',
      ],
    },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'a last event without a line end after it',
    'chat',
    { chunks: [delta('H'), delta('i', 'stop').trimEnd()] },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'comments and a closing event of usage (25)',
    'chat',
    {
      chunks: [
        `: ping\n\n:\n\n${delta('Hi')}${frame({ choices: [], usage: { total_tokens: 3 } })}${DONE}`,
      ],
    },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'an error frame that says 422 for everything, then [DONE] (26)',
    'chat',
    {
      chunks: [
        `${delta('Hi')}${frame({ error: { message: 'Request failed during generation: x', http_status_code: 422 } })}${DONE}`,
      ],
    },
    { text: 'Hi', code: 'model_error', requests: 1 },
  ],
  [
    'an error in a field of that name (27)',
    'chat',
    {
      chunks: [
        'error: {"code":400,"message":"the request exceeds the available context size","type":"x"}\n\n',
        DONE,
      ],
    },
    { code: 'model_error', requests: 1 },
  ],
  [
    'an event named error (28)',
    'chat',
    {
      chunks: [
        'event: error\ndata: {"error":{"message":"Compute error."},"message":"Compute error."}\n\n',
      ],
    },
    { code: 'model_error', requests: 2 },
  ],
  [
    'an error beside empty choices',
    'chat',
    { chunks: [frame({ choices: [], error: { message: 'gone wrong' } })] },
    { code: 'model_error', requests: 2 },
  ],
  [
    'UTF-8, every byte in a piece of its own (29)',
    'chat',
    { chunks: [...bytesOf(delta('café 🚀') + DONE)] },
    { text: 'café 🚀', finish: 'stop' },
  ],
  [
    'CRLF, split between the two (30)',
    'chat',
    {
      chunks: (delta('a') + delta('b') + DONE).replaceAll('\n', '\r\n').split(/(?<=\r)/),
      everyMs: 1,
    },
    { text: 'ab', finish: 'stop' },
  ],
  [
    'a byte order mark, split (31)',
    'chat',
    { chunks: ['\u00ef\u00bb', `\u00bf${delta('a')}${DONE}`], everyMs: 5 },
    { text: 'a', finish: 'stop' },
  ],
  [
    'one JSON on two data lines (32)',
    'chat',
    { chunks: [`data: {"choices":[{"delta":\ndata: {"content":"a"}}]}\n\n${DONE}`] },
    { text: 'a', finish: 'stop' },
  ],
  [
    'no blank after the colon, other fields, an empty event (33)',
    'chat',
    { chunks: [`id: 1\nretry: 5\n${delta('a').replace(': ', ':')}data:\n\n${delta('b')}${DONE}`] },
    { text: 'ab', finish: 'stop' },
  ],
  [
    'no end at all (34)',
    'chat',
    { chunks: [delta('Half of')] },
    { text: 'Half of', code: 'model_interrupted', requests: 1 },
  ],
  ['nothing said, then the end (35)', 'chat', { chunks: [delta('')] }, { code: 'model_empty' }],
  [
    'reasoning in fields of its own (36)',
    'chat',
    {
      chunks: [
        frame({ choices: [{ delta: { reasoning_content: 'hm' } }] }) +
          frame({ choices: [{ delta: { reasoning: 'mm', content: '' } }] }) +
          delta('A', 'stop') +
          DONE,
      ],
    },
    { text: 'A', finish: 'stop' },
  ],
  [
    'reasoning in the text',
    'chat',
    { chunks: ['<th', 'ink>hm</thi', 'nk>\n\nA'].map((t) => delta(t)).concat(DONE) },
    { text: 'A' },
  ],
  [
    'what is no JSON (37)',
    'chat',
    { chunks: ['data: not json\n\n'] },
    { code: 'model_bad_response' },
  ],
  [
    'the end marks of Text Generation Inference (38)',
    'completion',
    { chunks: [textEvent('Hi', ''), textEvent('</s>', 'eos_token'), DONE] },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'JSON where a stream was asked for (39)',
    'chat',
    {
      headers: JSON_TYPE,
      chunks: [
        '{"choices":[{"message":{"role":"assistant",',
        '"content":"Hi"},"finish_reason":"length"}]}',
      ],
    },
    { text: 'Hi', finish: 'length' },
  ],
  [
    'JSON with the type of a stream',
    'chat',
    { chunks: [' {"choices":[{"message":{"content":"Hi"}}]}'] },
    { text: 'Hi' },
  ],
  [
    'HTML (40)',
    'chat',
    { headers: { 'Content-Type': 'text/html' }, chunks: ['<html>secret</html>'] },
    { code: 'model_bad_response' },
  ],
  [
    'plain text',
    'chat',
    { headers: { 'Content-Type': 'text/plain' }, chunks: ['Hello!'] },
    { code: 'model_bad_response' },
  ],
  ['an empty body', 'chat', { headers: JSON_TYPE, chunks: [] }, { code: 'model_bad_response' }],
  ['an empty stream', 'chat', { chunks: [] }, { code: 'model_empty' }],
  [
    'a reset in the middle (56)',
    'chat',
    { chunks: [delta('one '), delta('two')], everyMs: 30, ends: 'reset' },
    { text: 'one two', code: 'model_interrupted', requests: 1 },
  ],
  [
    'silence in the middle',
    'chat',
    { chunks: [delta('one ')], ends: 'hang' },
    { text: 'one', code: 'model_timeout', requests: 1 },
  ],
  [
    'a whole reply, then silence',
    'chat',
    { chunks: [delta('Whole.'), delta('', 'stop')], ends: 'hang' },
    { text: 'Whole.', finish: 'stop', requests: 1 },
  ],
  [
    'a whole reply of Text Generation Inference, then silence',
    'text-generation',
    { chunks: [token('Whole.') + lastToken('</s>', 'Whole.')], ends: 'hang' },
    { text: 'Whole.', finish: 'stop', requests: 1 },
  ],
  [
    'a whole reply, then a reset',
    'chat',
    { chunks: [delta('Whole.', 'length')], everyMs: 100, ends: 'reset' },
    { text: 'Whole.', finish: 'length', requests: 1 },
  ],
  [
    'a whole reply, then what is no JSON',
    'chat',
    { chunks: [delta('Whole.', 'stop'), 'data: not json\n\n'] },
    { text: 'Whole.', finish: 'stop', requests: 1 },
  ],
  [
    'usage soon after the finish',
    'chat',
    {
      chunks: [delta('Hi', 'stop'), frame({ choices: [], usage: { total_tokens: 3 } }), DONE],
      everyMs: 100,
    },
    { text: 'Hi', finish: 'stop', requests: 1 },
  ],
  [
    'a reply that a content filter cut off',
    'chat',
    { chunks: [delta('Half a'), delta('', 'content_filter'), DONE] },
    { text: 'Half a', finish: 'length' },
  ],
  [
    'a reply that a content filter left nothing of',
    'chat',
    { chunks: [delta('', 'content_filter'), DONE] },
    { code: 'model_empty', requests: 1 },
  ],
  [
    'an error of lists in lists',
    'chat',
    { chunks: [`data: {"error":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n\n`] },
    { code: 'model_error' },
  ],
  [
    'nothing after the end is read',
    'chat',
    { chunks: [delta('Hi') + DONE + delta(' and more')], ends: 'hang' },
    { text: 'Hi', finish: 'stop' },
  ],
  [
    'an event of a tool',
    'chat',
    {
      chunks: [
        frame({
          choices: [{ delta: { content: null, tool_calls: [{}] }, finish_reason: 'tool_calls' }],
        }),
        DONE,
      ],
    },
    { code: 'model_empty' },
  ],
]

describe('a streamed answer', () => {
  it.each(streamed)('copes with %s', async (_name, protocol, answer, expected) => {
    const { text, finish, error, requests } = await converse(protocol, scripted(answer))
    expect(error?.code ?? null).toBe(expected.code ?? null)
    expect(text).toBe(expected.text ?? '')
    if (expected.finish) expect(finish).toBe(expected.finish)
    if (expected.requests) expect(requests).toBe(expected.requests)
  })

  it('arrives piece by piece', async () => {
    const words = Array.from({ length: 20 }, (_, i) => `w${i} `)
    const chunks = [...words.map((word) => delta(word)), DONE]
    const { pieces, text } = await converse('chat', scripted({ chunks, everyMs: 5 }))
    expect(text).toBe(words.join('').trim())
    expect(pieces.length).toBeGreaterThan(15)
  })

  it('goes on for longer than a single limit, as long as words come', async () => {
    const chunks = [...Array.from({ length: 8 }, () => delta('w ')), DONE]
    const { text, error } = await converse('chat', scripted({ chunks, everyMs: TIMEOUT_MS / 4 }))
    expect([text, error]).toEqual(['w w w w w w w w', null])
  })

  it('ends with the turn’s own limit however steadily words come', async () => {
    const chunks = Array.from({ length: 100 }, () => delta('w '))
    const { error } = await converse('chat', scripted({ chunks, everyMs: TIMEOUT_MS / 10 }))
    expect(error?.code).toBe('model_timeout')
    expect(error?.detail).toContain(`${4 * TIMEOUT_MS} ms`)
  })

  it.each([
    ['endless-tokens', null, 'length'],
    ['endless-line', 'model_bad_response', null],
    ['endless-reasoning', 'model_bad_response', null],
    ['endless-empty-events', 'model_bad_response', null],
    ['endless-comments', 'model_bad_response', null],
    ['only-comments', 'model_timeout', null],
    ['drip-of-blanks', 'model_timeout', null],
    ['hang', 'model_timeout', null],
    ['huge', 'model_bad_response', null],
    ['huge-error', 'model_error', null],
  ])('bounds %s', async (fault, code, finish) => {
    const mark = crypto.randomUUID()
    const outcome = await converse('chat', `[fault:${fault}] ${mark}`)
    expect(outcome.error?.code ?? null).toBe(code)
    expect(outcome.finish).toBe(finish)
    expect(outcome.text.length).toBeLessThanOrEqual(64_000)
    if (finish) expect(outcome.text.length).toBeGreaterThan(60_000)
    await expect.poll(async () => (await recorded(server, mark))[0]?.abandoned).toBe(true)
  })

  it('lets the server go when the reader stops, or the visitor leaves', async () => {
    for (const leave of ['return', 'abort']) {
      const mark = crypto.randomUUID()
      const visitor = new AbortController()
      const message = `${scripted({ chunks: [delta('one ')], ends: 'hang' })} ${mark}`
      const options = { signal: visitor.signal, stream: true }
      const answer = textsOf(modelOf('chat').answer([{ role: 'user', content: message }], options))
      expect((await answer.next()).value).toBe('one')
      if (leave === 'return') await answer.return('stop')
      else {
        visitor.abort('left')
        await expect(answer.next()).rejects.toBe('left')
      }
      await expect
        .poll(async () => (await recorded(server, mark))[0]?.abandoned, { timeout: 1000 })
        .toBe(true)
    }
  })
})

describe('an answer in one piece', () => {
  const body = (value: unknown, status = 200, headers = {}): ScriptedAnswer => ({
    status,
    headers: { ...JSON_TYPE, ...headers },
    chunks: [bytesOf(typeof value === 'string' ? value : JSON.stringify(value))],
  })
  const hello = body({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] })

  it.each<
    [string, ProtocolName, ScriptedAnswer[], { text?: string; code?: ErrorCode; requests: number }]
  >([
    [
      'loading in a 200 (13)',
      'text-generation',
      [body([{ error: 'Model X is currently loading', estimated_time: 20 }])],
      { code: 'model_loading', requests: 1 },
    ],
    [
      'a stream where JSON was asked for',
      'chat',
      [{ chunks: [delta('Hel') + delta('lo') + DONE] }],
      { text: 'Hello', requests: 1 },
    ],
    ['503, then an answer (46)', 'chat', [body('', 503), hello], { text: 'Hello', requests: 2 }],
    [
      '502 of HTML, twice, then an answer (41)',
      'chat',
      [body('<html>', 502), body('<html>', 502), hello],
      { text: 'Hello', requests: 3 },
    ],
    ['504 for ever (41)', 'chat', [body('<html>', 504)], { code: 'model_timeout', requests: 3 }],
    ['500, then an answer', 'chat', [body('', 500), hello], { text: 'Hello', requests: 2 }],
    ['500 for ever', 'chat', [body('', 500)], { code: 'model_error', requests: 2 }],
    [
      '424 for ever',
      'text-generation',
      [body({ error: 'x', error_type: 'generation' }, 424)],
      { code: 'model_error', requests: 2 },
    ],
    ['429 without a word (47)', 'chat', [body('', 429), hello], { text: 'Hello', requests: 2 }],
    [
      '429 and a wait that is too long (47)',
      'chat',
      [body('', 429, { 'Retry-After': '120' }), hello],
      { code: 'model_busy', requests: 1 },
    ],
    [
      '429 and RateLimit with nothing left (47)',
      'chat',
      [body('', 429, { RateLimit: '"api";r=0;t=77' }), hello],
      { code: 'model_busy', requests: 1 },
    ],
    [
      '429 and RateLimit with something left (47)',
      'chat',
      [body('', 429, { RateLimit: '"api";r=9;t=77' }), hello],
      { text: 'Hello', requests: 2 },
    ],
    [
      'a wait in milliseconds',
      'chat',
      [body('', 429, { 'Retry-After-Ms': '20', 'Retry-After': '99' }), hello],
      { text: 'Hello', requests: 2 },
    ],
    [
      '401 (43)',
      'chat',
      [body({ error: 'Invalid username or password.' }, 401)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '402 (43)',
      'chat',
      [body({ error: 'You have depleted your monthly included credits.' }, 402)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '403 (43)',
      'chat',
      [body({ error: 'no permissions on behalf of user ada' }, 403)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '410 (43)',
      'chat',
      [body({ error: 'https://x is no longer supported.' }, 410)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '404 as plain text (42)',
      'chat',
      [body('Not Found', 404)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      'an unknown model (42)',
      'chat',
      [
        body(
          {
            error: { message: "The requested model 'x' does not exist.", code: 'model_not_found' },
          },
          400,
        ),
      ],
      { code: 'model_refused', requests: 1 },
    ],
    [
      'a paused endpoint',
      'chat',
      [body('Bad Request: Invalid state', 400)],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '422 of FastAPI (48)',
      'chat',
      [body({ detail: [{ loc: ['body'], msg: 'field required' }] }, 422)],
      { code: 'model_error', requests: 1 },
    ],
    [
      '307 (49)',
      'chat',
      [body('', 307, { Location: `${server}/v1/chat/completions` })],
      { code: 'model_refused', requests: 1 },
    ],
    [
      '302 (49)',
      'chat',
      [body('', 302, { Location: `${server}/v1/chat/completions` })],
      { code: 'model_refused', requests: 1 },
    ],
    [
      'a template that wants turns, as a 500 (44)',
      'chat',
      [
        body(
          {
            error: {
              code: 500,
              message: 'Jinja Exception: Conversation roles must alternate',
              type: 'server_error',
            },
          },
          500,
        ),
        hello,
      ],
      { text: 'Hello', requests: 2 },
    ],
    [
      'a template that nothing helps (44)',
      'chat',
      [body({ error: 'Template error: x', error_type: 'template_error' }, 422)],
      { code: 'model_error', requests: 2 },
    ],
    [
      'a tool call without text (21)',
      'chat',
      [body({ choices: [{ message: { content: null, tool_calls: [{}] } }] })],
      { code: 'model_empty', requests: 1 },
    ],
  ])('copes with %s', async (_name, protocol, answers, expected) => {
    const { text, error, requests } = await converse(protocol, scripted(...answers), false)
    expect(error?.code ?? null).toBe(expected.code ?? null)
    expect(text).toBe(expected.text ?? '')
    expect(requests).toBe(expected.requests)
  })

  it('tells how long a loading model will take (45)', async () => {
    const loading = body({ error: 'Model X is currently loading', estimated_time: 20 }, 503)
    const { error } = await converse('chat', scripted(loading), false)
    expect([error?.code, error?.retryAfterSeconds]).toEqual(['model_loading', 20])
  })

  it('says it all in one message to a model without a system role, from then on', async () => {
    const refusal = body({ error: 'Template error: System role not supported' }, 422)
    const message = scripted(refusal, hello)
    await converse('chat', message, false)
    const sent = (await recorded(server, message.slice(-36))).map(
      ({ body }) => JSON.parse(body).messages,
    )
    expect(sent[0][0]).toEqual({ role: 'system', content: 'Be kind.' })
    expect(sent[1]).toEqual([{ role: 'user', content: `Be kind.\n\n${message}` }])
  })

  it('sends fewer turns when the conversation is too long, by the numbers that the server names (18)', async () => {
    const earlier = Array.from(
      { length: 20 },
      (_, i): Message => ({
        role: i % 2 === 0 ? 'user' : 'assistant',
        content: `entry ${i} ${'x'.repeat(1000)}`,
      }),
    )
    const tooLong = body(
      { error: '`inputs` must have less than 1024 tokens. Given: 5000', error_type: 'validation' },
      422,
    )
    const message = scripted(tooLong, hello)
    const { text, requests } = await converse('chat', message, false, earlier)
    expect([text, requests]).toEqual(['Hello', 2])
    const [first, second] = (await recorded(server, message.slice(-36))).map(({ body }) => body)
    expect((second?.length ?? 0) / (first?.length ?? 1)).toBeLessThan(0.2)
    expect(second).toContain('Be kind.')
    expect(second).toContain('entry 19')
  })

  it('sends fewer turns also when the server repeats the whole conversation', async () => {
    const earlier = Array.from(
      { length: 20 },
      (_, i): Message => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: 'x'.repeat(1000) }),
    )
    const long = {
      error: {
        message: 'maximum context length is 1024 tokens, 5000 were given',
        input: 'x'.repeat(20_000),
      },
    }
    const { text, requests } = await converse(
      'chat',
      scripted(body(long, 400), hello),
      false,
      earlier,
    )
    expect([text, requests]).toEqual(['Hello', 2])
  })

  it('skips an echo of the prompt that is longer than a reply may be', async () => {
    const earlier = Array.from(
      { length: 10 },
      (_, i): Message => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: 'w'.repeat(9000) }),
    )
    const message = crypto.randomUUID()
    const { text } = await converse('text-generation', message, false, earlier)
    expect(text).toBe('Reply to 6 of yours.')
  })

  it('does not ask again for half a minute after a refusal that will not heal', async () => {
    const model = modelOf('chat')
    const message = scripted(body({ error: 'Invalid username or password.' }, 401), hello)
    const ask = async () => {
      const { signal } = new AbortController()
      return (
        await model.answer([{ role: 'user', content: message }], { signal, stream: false }).next()
      ).value
    }
    await expect(ask()).rejects.toMatchObject({ code: 'model_refused' })
    await expect(ask()).rejects.toMatchObject({ code: 'model_refused' })
    expect(await recorded(server, message.slice(-36))).toHaveLength(1)
  })
})
