import { describe, expect, inject, it } from 'vitest'
import { AppError, type ErrorCode } from '../../src/errors.ts'
import { createHuggingFaceModel } from '../../src/model/client/client.ts'
import { isErrorBody, messageOf } from '../../src/model/client/error-body.ts'
import { toModelError } from '../../src/model/client/refusal.ts'
import { resolveEndpoint } from '../../src/model/endpoint.ts'
import type { Message } from '../../src/model/model.ts'
import { recorded } from '../support/recorded.ts'
import { pulled, textsOf } from '../support/text-model.ts'

const server = inject('modelServer')

/** Connects to a path of the fake server, or to another address. */
function modelAt(path: string, timeoutMs = 5000) {
  const resolved = resolveEndpoint(new URL(path, server).href, 'auto')
  if (!resolved.ok) throw new Error(resolved.problem)
  const { endpoint } = resolved
  const options = { model: 'org/name', token: 'hf_secret', maxNewTokens: 50, timeoutMs }
  return pulled(createHuggingFaceModel({ endpoint, ...options }, { retryBaseMs: 10 }))
}

async function ask(
  path: string,
  content: string,
  signal = new AbortController().signal,
  ms = 5000,
  stream = false,
) {
  const messages: Message[] = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content },
  ]
  let reply = ''
  const answer = modelAt(path, ms).answer(messages, { signal, stream })
  for await (const piece of textsOf(answer)) reply += piece
  return reply
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw new Error(`expected an AppError, got ${error}`)
  return error
}

describe('createHuggingFaceModel', () => {
  it.each(['/v1', '/v1/completions', '/generate', '/models/org/name'])(
    'gets the reply from a server at %s',
    async (path) => {
      expect(await ask(path, 'Hi')).toBe('Reply to 1 of yours.')
    },
  )

  it('sends the token to the configured address', async () => {
    const mark = crypto.randomUUID()
    await ask('/v1', mark)
    const [request] = await recorded(server, mark)
    expect(request?.authorization).toBe('Bearer hf_secret')
    expect(request?.path).toBe('/v1/chat/completions')
  })

  const faults: [string, ErrorCode][] = [
    ['400-unknown-model', 'model_refused'],
    ['401', 'model_refused'],
    ['402', 'model_refused'],
    ['404', 'model_refused'],
    ['422', 'model_error'],
    ['429', 'model_busy'],
    ['500', 'model_error'],
    ['502-html', 'model_error'],
    ['loading', 'model_loading'],
    ['overloaded', 'model_busy'],
    ['llama-loading', 'model_loading'],
    ['llama-path', 'model_refused'],
    ['llama-context', 'model_error'],
    ['error-in-200', 'model_loading'],
    ['html', 'model_bad_response'],
    ['not-the-protocol', 'model_bad_response'],
    ['array', 'model_bad_response'],
    ['null', 'model_bad_response'],
    ['redirect', 'model_refused'],
    ['cut', 'model_unreachable'],
    ['refuse', 'model_unreachable'],
    ['huge', 'model_bad_response'],
  ]
  it.each(faults)('calls %s %s, in both kinds of protocol', async (fault, code) => {
    expect((await failure(ask('/v1', `[fault:${fault}]`, undefined, 1000))).code).toBe(code)
    expect((await failure(ask('/models/x', `[fault:${fault}]`, undefined, 1000))).code).toBe(code)
  })

  it('says when to come back, in the words of the server or by a guess', async () => {
    expect((await failure(ask('/v1', '[fault:429]', undefined, 1000))).retryAfterSeconds).toBe(7)
    expect((await failure(ask('/v1', '[fault:loading]', undefined, 1000))).retryAfterSeconds).toBe(
      20,
    )
    expect(
      (await failure(ask('/v1', '[fault:llama-loading]', undefined, 1000))).retryAfterSeconds,
    ).toBe(10)
    expect(
      (await failure(ask('/v1', '[fault:overloaded]', undefined, 1000))).retryAfterSeconds,
    ).toBe(5)
    expect((await failure(ask('/v1', '[fault:500]', undefined, 1000))).retryAfterSeconds).toBeNull()
  })

  it('calls an empty reply model_empty', async () => {
    expect((await failure(ask('/v1', '[say: ]'))).code).toBe('model_empty')
    expect((await failure(ask('/models/x', '[say: ]'))).code).toBe('model_empty')
  })

  it.each(['hang', 'hang-in-body'])(
    'ends %s at the deadline and lets the server go',
    async (fault) => {
      const mark = crypto.randomUUID()
      const error = await failure(ask('/v1', `[fault:${fault}] ${mark}`, undefined, 150))
      expect(error.code).toBe('model_timeout')
      await expect.poll(async () => (await recorded(server, mark))[0]?.abandoned).toBe(true)
    },
  )

  it('stops when the visitor leaves, which is no error of the model', async () => {
    const mark = crypto.randomUUID()
    const visitor = new AbortController()
    const asked = ask('/v1', `[fault:hang] ${mark}`, visitor.signal)
    await expect.poll(async () => (await recorded(server, mark)).length).toBe(1)
    visitor.abort('left')
    await expect(asked).rejects.toBe('left')
    await expect.poll(async () => (await recorded(server, mark))[0]?.abandoned).toBe(true)
  })

  it('calls a closed port model_unreachable', async () => {
    expect((await failure(ask('http://127.0.0.1:9/v1', 'Hi'))).code).toBe('model_unreachable')
  })
})

describe('messageOf', () => {
  const shapes: [string, unknown, string][] = [
    ['a string', { error: 'text' }, 'text'],
    ['an OpenAI error', { error: { message: 'text', code: null } }, 'text'],
    ['an old vLLM error', { object: 'error', message: 'text' }, 'text'],
    ['a list', { error: ['a', 'b'] }, 'a; b'],
    ['a FastAPI error', { detail: [{ loc: ['body'], msg: 'text' }] }, 'text'],
    ['a FastAPI sentence', { detail: 'text' }, 'text'],
    ['an array', [{ error: 'text' }], 'text'],
    ['plain text', 'text', 'text'],
    ['HTML', '<html>secret</html>', ''],
    ['nothing', '', ''],
    ['JSON without its end', '{"error": {"message": "text", "input": "and so', 'text'],
    ['a list of lists', { error: [['a'], { toString: 1 }, 'b'] }, 'b'],
  ]
  it.each(shapes)('finds the message in %s', (_name, body, message) => {
    expect(messageOf(body)).toBe(message)
  })
})

describe('toModelError', () => {
  it('tells the log status, kind, length and a known word, and nothing that the server wrote', () => {
    const body = { error: { message: 'secret words', type: 'invalid_request_error' } }
    expect(toModelError(422, new Headers(), body).detail).toBe(
      'model server answered 422: bad_request, a message of 12 characters, invalid_request_error',
    )
    const other = { error: { message: '', type: 'secret', code: 'words' } }
    expect(toModelError(500, new Headers(), other).detail).toBe(
      'model server answered 500: failed, no message',
    )
  })

  it.each([
    [
      'the numbers that the server names',
      'exceeds the available context size (2000 tokens), is 3000',
      0.5,
    ],
    [
      'numbers near its words only',
      `context length is 1000, not 3000. ${'x'.repeat(400)} 99999`,
      0.25,
    ],
    ['nothing else', 'prompt is too long', 0.5],
  ])('reads what share of a conversation fits by %s', (_name, error, fits) => {
    expect(toModelError(400, new Headers(), { error })).toMatchObject({ kind: 'too_long', fits })
  })

  it.each([
    ['seconds', '5', 5],
    ['a date', 'in 90 seconds', 90],
    ['a date that has passed, which counts as none', new Date(0).toUTCString(), null],
    ['nonsense', 'soon', null],
    ['a year', '31536000', 3600],
  ])('reads Retry-After as %s', (_name, value, seconds) => {
    const header = value.startsWith('in') ? new Date(Date.now() + 90_000).toUTCString() : value
    const { retryAfterSeconds } = toModelError(429, new Headers({ 'Retry-After': header }), '')
    if (seconds === null) expect(retryAfterSeconds).toBe(5)
    else expect(Math.abs((retryAfterSeconds ?? 0) - seconds)).toBeLessThanOrEqual(1)
  })
})

describe('isErrorBody', () => {
  it.each([
    [{ error: 'x' }, true],
    [[{ error: { message: 'x' } }], true],
    [{ error: null, choices: [] }, false],
    [[{ generated_text: 'error' }], false],
    [null, false],
  ])('tells %j', (body, expected) => {
    expect(isErrorBody(body)).toBe(expected)
  })
})
