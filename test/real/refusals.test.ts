/** What a real server refuses, and what the app makes of it, on both runtimes. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type StartedApp, startOnNode, startOnWorkers } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'
import type { LlamaServer } from './llama-server.ts'
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts'
import { startForTest, startLoading } from './servers.ts'

const KEY = 'a-key-of-this-model-server'
/** About 1,030 tokens: the context holds one such message, and not two. */
const HALF = 'one two three four five six seven eight nine ten '.repeat(100)
const TOO_LONG = 'many words '.repeat(2500)

let server: LlamaServer
let loading: Awaited<ReturnType<typeof startLoading>>
let proxy: RecordingProxy
let url: string

beforeAll(async () => {
  // What two prompts have in common is read once, since reading long prompts takes most of the time here.
  server = startForTest({ options: ['--api-key', KEY, '--cache-prompt'] })
  loading = await startLoading()
  url = await server.ready
  proxy = await startRecordingProxy(url)
})

afterAll(() => Promise.all([server.close(), loading.close(), proxy.close()]))

describe('the fake model server says what the real one says', () => {
  const ask = (to: string, message = 'Hi', key = KEY) =>
    fetch(to, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({ messages: [{ role: 'user', content: message }] }),
    })
  const withoutNumbers = async (response: Response) => ({
    status: response.status,
    body: JSON.parse((await response.text()).replaceAll(/\b\d{4}\b/g, '0')),
  })
  const real = {
    'llama-loading': () => ask(`${loading.url}/v1/chat/completions`),
    'llama-path': () => ask(`${url}/v1/nowhere`),
    'llama-context': () => ask(`${url}/v1/chat/completions`, TOO_LONG),
  }

  it.each(['llama-loading', 'llama-path', 'llama-context'] as const)('for %s', async (fault) => {
    const fake = await ask(`${inject('modelServer')}/v1/chat/completions`, `[fault:${fault}]`)
    await expect.poll(async () => (await real[fault]()).status).toBe(fake.status)
    expect(await withoutNumbers(await real[fault]())).toEqual(await withoutNumbers(fake))
  })
})

describe.each([
  ['Node', startOnNode],
  ['Workers', startOnWorkers],
] as const)('a real server refuses, and on %s', (_runtime, start) => {
  let app: StartedApp
  const say = (to: StartedApp) => createVisitor(to.url).post('/chat', { message: 'Hi' })

  beforeAll(async () => {
    app = await start({
      HF_MODEL_URL: `${proxy.url}/v1`,
      HF_TOKEN: KEY,
      MAX_NEW_TOKENS: '8',
      TIMEOUT_MS: '120000',
    })
  })

  afterAll(() => app.close())

  it('a conversation that no longer fits goes on with fewer turns', async () => {
    const visitor = createVisitor(app.url)
    const before = proxy.bodies.length
    await visitor.say(HALF)
    await visitor.say(HALF)
    const [first = 0, whole = 0, fewer = 0, ...more] = proxy.bodies
      .slice(before)
      .map((body) => body.length)
    expect(more).toEqual([])
    expect(whole).toBeGreaterThan(first * 1.8)
    expect(fewer).toBeLessThan(whole * 0.6)
    expect((await visitor.history()).turns).toHaveLength(4)
  })

  it('a message that is too long by itself gets one sentence', async () => {
    const response = await createVisitor(app.url).post('/chat', { message: TOO_LONG })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'model_error' })
  })

  it('a model that is loading is waited for, then said to be starting', async () => {
    const before = proxy.bodies.length
    proxy.sendTo(loading.url)
    try {
      const response = await say(app)
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ code: 'model_loading' })
      expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
      expect(proxy.bodies.length - before).toBe(3)
    } finally {
      proxy.sendTo(url)
    }
  })

  it.each([
    ['a wrong token', { HF_MODEL_URL: '/v1', HF_TOKEN: 'another-key' }],
    ['a wrong address', { HF_MODEL_URL: '/nowhere/v1', HF_TOKEN: KEY }],
  ])('%s is for the owner', async (_name, settings) => {
    const wrong = await start({ ...settings, HF_MODEL_URL: url + settings.HF_MODEL_URL })
    try {
      const response = await say(wrong)
      expect(response.status).toBe(502)
      const text = await response.text()
      expect(JSON.parse(text)).toMatchObject({ code: 'model_refused' })
      expect(text).not.toMatch(/Invalid API Key|File Not Found|127\.0\.0\.1/)
    } finally {
      await wrong.close()
    }
  })
})
