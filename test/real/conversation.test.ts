import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

  it('says in one sentence that a conversation is too long for the model', async () => {
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
