import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEvents } from '../support/read-events.ts'
import { startOnNode, startOnWorkers } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'
import { startLlamaServer } from './llama-server.ts'
import { type RecordingProxy, startRecordingProxy } from './recording-proxy.ts'

let llama: Awaited<ReturnType<typeof startLlamaServer>>
let proxy: RecordingProxy

beforeAll(async () => {
  llama = await startLlamaServer()
  proxy = await startRecordingProxy(llama.url)
})

afterAll(async () => {
  await proxy.close()
  await llama.close()
})

/** Without the first message the model never says the name, so a name in the reply shows that the history arrived. */
const MESSAGES = [
  'Hello! My name is Max.',
  'What is my name? Answer: my name is',
  'Say my name again.',
]

describe.each([
  ['Node', startOnNode],
  ['Workers', startOnWorkers],
] as const)('a conversation with a real model, on %s', (_runtime, start) => {
  it.each(['/v1/chat/completions', '/v1/completions'])(
    'refers to what was said before, at %s',
    async (path) => {
      const app = await start({ HF_MODEL_URL: proxy.url + path, MAX_NEW_TOKENS: '60' })
      try {
        const visitor = createVisitor(app.url)
        const replies: string[] = []
        for (const message of MESSAGES) {
          const reply = await visitor.say(message)
          replies.push(reply)
          console.log(`→ ${proxy.bodies.at(-1)}\n← ${reply}\n`)
        }
        expect(replies[1]).toContain('Max')
        expect(replies[2]).toContain('Max')
        expect(replies.join('\n')).not.toMatch(/###\s*(?:User|Assistant)|<\|im_end\|>/)
        const stranger = createVisitor(app.url)
        expect(await stranger.say('What is my name? Answer: my name is')).not.toContain('Max')
      } finally {
        await app.close()
      }
    },
  )

  it.each(['/v1/chat/completions', '/v1/completions'])(
    'streams a reply word by word, at %s',
    async (path) => {
      const app = await start({ HF_MODEL_URL: llama.url + path, MAX_NEW_TOKENS: '40' })
      try {
        const visitor = createVisitor(app.url)
        const whole = await visitor.say('Hello! My name is Max.')
        const stranger = createVisitor(app.url)
        const { events } = await readEvents(
          await stranger.stream({ message: 'Hello! My name is Max.' }),
        )
        const tokens = events.filter(({ name }) => name === 'token')
        expect(tokens.length).toBeGreaterThan(5)
        expect(events.at(-1)?.data['reply']).toBe(whole)
        expect(
          tokens
            .map(({ data }) => data['text'])
            .join('')
            .trim(),
        ).toBe(whole)
      } finally {
        await app.close()
      }
    },
  )

  it.each(['/v1/chat/completions', '/v1/completions'])(
    'frees the server when the visitor stops, at %s',
    async (path) => {
      const app = await start({ HF_MODEL_URL: llama.url + path, MAX_NEW_TOKENS: '1500' })
      try {
        const leaving = new AbortController()
        const message = 'Write a very long story about a dragon, at least two thousand words.'
        const response = await createVisitor(app.url).stream({ message }, leaving.signal)
        const reader = response.body?.getReader()
        await reader?.read()
        const isBusy = async () => (await llama.slots()).some((slot) => slot.is_processing)
        expect(await isBusy()).toBe(true)
        leaving.abort()
        await expect.poll(isBusy, { timeout: 1000, interval: 20 }).toBe(false)
      } finally {
        await app.close()
      }
    },
  )

  it('goes on with fewer turns when the conversation no longer fits the model', async () => {
    const app = await start({ HF_MODEL_URL: `${proxy.url}/v1`, MAX_NEW_TOKENS: '20' })
    try {
      const visitor = createVisitor(app.url)
      const before = proxy.bodies.length
      // Many tokens that deflate well, so that the cookie holds more than the model can read.
      for (let i = 1; i <= 5; i++)
        await visitor.say(`Number ${i}. ${'many words '.repeat(300)} Say hi.`)
      const asked = proxy.bodies.slice(before).map((body) => body.length)
      expect(asked.length).toBeGreaterThan(5)
      const shorter = asked.findIndex((length, i) => i > 0 && length < (asked[i - 1] ?? 0))
      expect(shorter).toBeGreaterThan(0)
      console.log(`lengths of the requests: ${asked.join(', ')}`)
    } finally {
      await app.close()
    }
  })

  it('says in one sentence that a message alone is too long for the model', async () => {
    const app = await start({ HF_MODEL_URL: `${llama.url}/v1` })
    try {
      const response = await createVisitor(app.url).post('/chat', {
        message: 'many words '.repeat(2500),
      })
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ code: 'model_error' })
    } finally {
      await app.close()
    }
  })
})
