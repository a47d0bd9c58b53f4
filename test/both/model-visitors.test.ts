/** Several visitors of one model: what a server says to one changes nothing for another. */

import { describe, expect, inject, it } from 'vitest'
import { AppError, toWire } from '../../src/errors.ts'
import { createHuggingFaceModel } from '../../src/model/client/client.ts'
import { toModelError } from '../../src/model/client/refusal.ts'
import { type ProtocolName, resolveEndpoint } from '../../src/model/endpoint.ts'
import { recorded } from '../support/recorded.ts'
import { bytesOf, type ScriptedAnswer, scripted } from '../support/script.ts'
import { type PulledModel, pulled, textsOf } from '../support/text-model.ts'

const server = inject('modelServer')
const PATHS: Record<ProtocolName, string> = {
  'text-generation': '/',
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
}

function modelOf(protocol: ProtocolName = 'chat', timeoutMs = 5000): PulledModel {
  const resolved = resolveEndpoint(server + PATHS[protocol], protocol)
  if (!resolved.ok) throw new Error(resolved.problem)
  const { endpoint } = resolved
  const options = { model: 'llama3.2', token: 'hf_x', maxNewTokens: 50, timeoutMs }
  return pulled(createHuggingFaceModel({ endpoint, ...options }, { retryBaseMs: 5 }))
}

interface Outcome {
  readonly text: string
  readonly error: AppError | null
  readonly tries: number
}

async function ask(model: PulledModel, message: string, stream = false): Promise<Outcome> {
  let text = ''
  let tries = 1
  const { signal } = new AbortController()
  const onRetry = () => {
    tries += 1
  }
  try {
    const messages = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: message },
    ] as const
    const answer = model.answer(messages, { signal, stream, onRetry })
    for await (const piece of textsOf(answer)) text += piece
    return { text, error: null, tries }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { text, error, tries }
  }
}

const body = (status: number, value: unknown): ScriptedAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  chunks: [bytesOf(typeof value === 'string' ? value : JSON.stringify(value))],
})
const hello = body(200, { choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] })
const rolesOf = async (message: string): Promise<string[]> =>
  (await recorded(server, message.slice(-36))).map(({ body: sent }) =>
    JSON.parse(sent)
      .messages.map(({ role }: { role: string }) => role)
      .join(),
  )

describe('a refusal of one message', () => {
  it.each<[number, unknown]>([
    [400, { error: 'This content is not allowed.' }],
    [400, { error: { message: 'You wrote: the model xyz does not exist' } }],
    [403, { error: 'Blocked by moderation.' }],
    [403, '<html>Request blocked</html>'],
    [404, 'Not Found'],
    [404, { error: 'The model zephyr does not exist.' }],
    [410, { error: 'Gone.' }],
    [422, { detail: [{ msg: 'field required' }] }],
  ])('with %i is not held against the next visitor: %j', async (status, refusal) => {
    const model = modelOf()
    expect((await ask(model, scripted(body(status, refusal)))).error?.code).toMatch(
      /^model_(?:refused|error)$/,
    )
    expect((await ask(model, 'Hello')).text).toBe('Reply to 1 of yours.')
  })

  it.each([
    [
      'the whole of it',
      'The model "llama3.2" does not exist',
      'No: The model "llama3.2" does not exist',
    ],
    ['the verdict', 'unknown model', 'Rejected: "unknown model" (llama3.2)'],
    [
      'both, with signs that the server takes away',
      'llama\u200b3.2" does n\u200bot exist',
      'The model "llama3.2" does not exist',
    ],
    [
      'both, in numbers',
      'llama3&#46;2" does n&#111;t exist',
      'The model "llama3.2" does not exist',
    ],
    [
      'both, in other letters',
      'ｌｌａｍａ3.2" does not exist',
      'The model "llama3.2" does not exist',
    ],
  ])(
    'that names the model is not held against the next, if a visitor wrote %s',
    async (_name, words, error) => {
      const model = modelOf()
      const refused = await ask(model, `${words} ${scripted(body(400, { error }))}`)
      expect(refused.error?.code).toMatch(/^model_(?:refused|error)$/)
      expect((await ask(model, 'Hello')).text).toBe('Reply to 1 of yours.')
    },
  )

  it.each([
    [403, 'model_refused', /^The model service did not accept this message/],
    [400, 'model_error', /^The model service did not accept this message/],
    [422, 'model_error', /^The model service did not accept this message/],
    [413, 'model_error', /too long for the model/],
    [401, 'model_refused', /^The model service refused the request\. The owner/],
  ])('with %i says what a visitor can do', async (status, code, sentence) => {
    const { error } = await ask(modelOf(), scripted(body(status, '')))
    expect(toWire(error)).toMatchObject({ status: 502, code })
    expect(toWire(error).sentence).toMatch(sentence)
  })
})

describe('a refusal of the owner', () => {
  it.each<[number, unknown]>([
    [401, ''],
    [402, { error: 'You have depleted your credits.' }],
    [404, { error: { message: 'model "llama3.2" not found, try pulling it first' } }],
    [404, { object: 'error', message: 'The model `llama3.2` does not exist.', code: 404 }],
    [404, { error: { message: 'model "llama3.2:latest" not found' } }],
    [400, { error: { message: 'No.', code: 'model_not_found' } }],
    [400, { error: { message: 'Invalid model name passed in model=llama3.2. Call /v1/models' } }],
    [410, { error: 'The requested model llama3.2 is not supported any longer.' }],
  ])('with %i is remembered: %j', async (status, refusal) => {
    const model = modelOf()
    expect((await ask(model, scripted(body(status, refusal)))).error?.code).toBe('model_refused')
    const mark = crypto.randomUUID()
    expect((await ask(model, mark)).error?.code).toBe('model_refused')
    expect(await recorded(server, mark)).toEqual([])
  })

  it('is forgotten as soon as a request that was under way succeeds', async () => {
    const model = modelOf('chat', 30_000)
    const late = ask(model, scripted({ ...hello, everyMs: 2000, chunks: ['', ...hello.chunks] }))
    const refused = await ask(model, scripted(body(401, '')))
    expect(refused.error?.code).toBe('model_refused')
    expect((await late).text).toBe('Hello')
    expect((await ask(model, 'Hello')).text).toBe('Reply to 1 of yours.')
  })

  it('names the model that the server does not know, and the setting', async () => {
    const refusal = body(404, { error: 'model "llama3.2" not found' })
    const { error } = await ask(modelOf(), scripted(refusal))
    expect(error?.detail).toBe(
      'the model server does not know the model "llama3.2": set HF_MODEL to one that it has',
    )
  })
})

describe('a model whose template knows no system role', () => {
  const refusal = body(400, { error: 'Template error: System role not supported' })

  it('answers two first visitors at once, and later ones at the first try', async () => {
    const model = modelOf()
    const first = scripted(refusal, hello)
    const second = scripted(refusal, hello)
    const outcomes = await Promise.all([ask(model, first), ask(model, second)])
    expect(outcomes).toEqual(outcomes.map(() => ({ text: 'Hello', error: null, tries: 2 })))
    const later = `Hi ${crypto.randomUUID()}`
    await ask(model, later)
    expect(await rolesOf(later)).toEqual(['user'])
  })

  it('is taken for another as soon as it refuses the folded prompt and takes the other', async () => {
    const model = modelOf()
    await ask(model, scripted(refusal, hello))
    const changed = scripted(refusal, hello)
    expect(await ask(model, changed)).toEqual({ text: 'Hello', error: null, tries: 2 })
    expect(await rolesOf(changed)).toEqual(['user', 'system,user'])
    const later = `Hi ${crypto.randomUUID()}`
    await ask(model, later)
    expect(await rolesOf(later)).toEqual(['system,user'])
  })

  it.each([
    ['that is refused for good', [body(400, { error: 'I do not like "jinja template"' })]],
    ['that is taken at the second try', [body(400, { error: 'No "jinja template"' }), hello]],
  ])('is not made by a visitor’s words, in a message %s', async (_name, answers) => {
    const model = modelOf()
    const message = `jinja template ${scripted(...answers)}`
    await ask(model, message)
    expect(await rolesOf(message)).toEqual(['system,user', 'user'])
    const later = `Hi ${crypto.randomUUID()}`
    await ask(model, later)
    expect(await rolesOf(later)).toEqual(['system,user'])
  })
})

describe('onRetry', () => {
  it('is called before every further try, of each kind', async () => {
    const waits = body(503, '')
    const template = body(400, { error: 'Template error: x' })
    expect((await ask(modelOf(), scripted(waits, template, hello))).tries).toBe(3)
    expect((await ask(modelOf(), scripted(waits))).tries).toBe(3)
    expect((await ask(modelOf(), scripted(body(400, '')))).tries).toBe(1)
  })
})

describe('a server that repeats what it was sent', () => {
  const SECRET = 'my secret diary'
  const echo = `invalid input: "${SECRET}"`
  const streamed = (text: string): ScriptedAnswer => ({ chunks: [bytesOf(text)] })
  const statuses = [400, 401, 402, 403, 404, 410, 413, 422, 424, 429, 500, 502, 503, 504]
  const answers: [string, ScriptedAnswer][] = [
    ...statuses.flatMap((status): [string, ScriptedAnswer][] => [
      [`${status} as JSON`, body(status, { error: { message: echo, type: SECRET, code: echo } })],
      [`${status} as text`, body(status, echo)],
      [`${status} as FastAPI`, body(status, { detail: [{ msg: echo, input: SECRET }] })],
    ]),
    ['a long error', body(400, `${JSON.stringify({ error: { message: echo.repeat(2000) } })}`)],
    ['an error in a 200', body(200, { error: echo, error_type: SECRET })],
    [
      'an event with an error',
      streamed(`data: ${JSON.stringify({ error: { message: echo } })}\n\n`),
    ],
    ['an event named error', streamed(`event: error\ndata: ${echo}\n\n`)],
    ['a field named error', streamed(`error: ${echo}\n\n`)],
    ['an event that is no JSON', streamed(`data: {"${SECRET}\n\n`)],
    ['JSON that is no reply', body(200, { reply: echo })],
    ['JSON that is none', body(200, `{"${SECRET}`)],
    ['text', { headers: { 'Content-Type': 'text/plain' }, chunks: [echo] }],
    [
      'an error after a word',
      streamed(
        `data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: ${JSON.stringify({ error: echo })}\n\n`,
      ),
    ],
  ]
  it.each(answers)('gets nothing of it into an error: %s', async (_name, answer) => {
    const { error } = await ask(modelOf(), `${SECRET} ${scripted(answer)}`, true)
    expect(error).not.toBeNull()
    // All that anybody could log of it: its own fields, its message, its stack, and its causes.
    const everything = [error?.message, error?.stack, JSON.stringify(error), `${error?.cause}`]
    expect(everything.join('\n')).not.toContain('secret')
    expect(error?.cause).toBeUndefined()
  })

  it('logs of a type or code only what servers are known to say', () => {
    const { detail } = toModelError(500, new Headers(), { error: { type: SECRET, code: 'diary' } })
    expect(detail).toBe('model server answered 500: failed, no message')
  })
})

describe('a reply whose end was told', () => {
  const whole = 'data: {"choices":[{"delta":{"content":"Whole."},"finish_reason":"stop"}]}\n\n'
  // The limit of the wait is beyond the test's own: only the end that was told can end it.
  it.each([
    ['says nothing more', { chunks: [whole], ends: 'hang' as const }],
    [
      'goes on with comments',
      { chunks: [whole, ...Array.from({ length: 200 }, () => ': hm\n\n')], everyMs: 50 },
    ],
  ])('is done although the server %s', { timeout: 8000 }, async (_name, answer) => {
    const message = scripted(answer)
    expect(await ask(modelOf('chat', 30_000), message, true)).toMatchObject({
      text: 'Whole.',
      error: null,
    })
    await expect
      .poll(async () => (await recorded(server, message.slice(-36)))[0]?.abandoned)
      .toBe(true)
  })
})

describe('a slow reader', () => {
  it('is not taken for a slow model', { timeout: 20_000 }, async () => {
    const delta = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`
    const message = scripted({
      chunks: [delta('one'), delta(' two'), 'data: [DONE]\n\n'],
      everyMs: 50,
    })
    const { signal } = new AbortController()
    const answer = modelOf('chat', 1000).answer([{ role: 'user', content: message }], {
      signal,
      stream: true,
    })
    let text = ''
    for await (const piece of textsOf(answer)) {
      text += piece
      if (text === 'one') await new Promise((resolve) => setTimeout(resolve, 1500))
    }
    expect(text).toBe('one two')
  })
})

describe('a visitor who leaves', () => {
  it('ends the wait before another try, with the reason as it is', async () => {
    const busy = body(429, '')
    const left = new AppError('visitor_left')
    const visitor = new AbortController()
    const message = scripted({ ...busy, headers: { 'Retry-After': '4' } })
    const answer = modelOf().answer([{ role: 'user', content: message }], {
      signal: visitor.signal,
      stream: true,
    })
    const next = answer.next()
    await expect.poll(async () => (await recorded(server, message.slice(-36))).length).toBe(1)
    visitor.abort(left)
    await expect(next).rejects.toBe(left)
  })

  it('gets no more words, though some were held back', async () => {
    const delta = 'data: {"choices":[{"delta":{"content":"one <|im"}}]}\n\n'
    const left = new AppError('visitor_left')
    const visitor = new AbortController()
    const answer = modelOf().answer(
      [{ role: 'user', content: scripted({ chunks: [delta], ends: 'hang' }) }],
      { signal: visitor.signal, stream: true },
    )
    expect((await answer.next()).value).toEqual({ kind: 'text', text: 'one' })
    visitor.abort(left)
    await expect(answer.next()).rejects.toBe(left)
  })
})
