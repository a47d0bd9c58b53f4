/** The app with a real model behind it, on both runtimes and with both of llama.cpp's protocols. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEvents } from '../support/read-events.ts'
import { type StartedApp, startOnNode, startOnWorkers } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'
import type { LlamaServer } from './llama-server.ts'
import { readSlot, startForTest } from './servers.ts'

/** Without the first message the model never says the name, so a name in the reply shows that the history arrived. */
const HELLO = 'Hello! My name is Max.'
const WHO = 'What is my name? Answer: my name is'
const AGAIN = 'Say my name again.'
/** Left alone, the model writes until `STORY_TOKENS`. */
const STORY = 'Write a very long story about a dragon, at least two thousand words.'
const STORY_TOKENS = 1500
/** Twenty times what it takes on an idle machine. */
const TIMEOUT_MS = '120000'
const PATIENTLY = { timeout: 30_000, interval: 20 }

let llama: LlamaServer
let url: string

beforeAll(async () => {
  llama = startForTest()
  url = await llama.ready
})

afterAll(() => llama.close())

describe.each([
  ['Node', startOnNode],
  ['Workers', startOnWorkers],
] as const)('with a real model, on %s', (_runtime, start) => {
  describe.each(['/v1/chat/completions', '/v1/completions'])('at %s', (path) => {
    let app: StartedApp
    let storyteller: StartedApp
    let replies: readonly string[]

    beforeAll(async () => {
      const common = { HF_MODEL_URL: url + path, TIMEOUT_MS }
      app = await start({ ...common, MAX_NEW_TOKENS: '24' })
      storyteller = await start({ ...common, MAX_NEW_TOKENS: `${STORY_TOKENS}` })
      const { say } = createVisitor(app.url)
      replies = [await say(HELLO), await say(WHO), await say(AGAIN)]
    })

    afterAll(() => Promise.all([app.close(), storyteller.close()]))

    it('refers to what was said before', () => {
      expect(replies[1]).toContain('Max')
      expect(replies[2]).toContain('Max')
      expect(replies.join('\n')).not.toMatch(/###\s*(?:User|Assistant)|<\|im_(?:start|end)\|>/)
    })

    it('refers to nothing that another visitor said', async () => {
      expect(await createVisitor(app.url).say(WHO)).not.toContain('Max')
    })

    it('streams word by word what it says in one piece, and remembers it', async () => {
      const visitor = createVisitor(app.url)
      const { events } = await readEvents(await visitor.stream({ message: HELLO }))
      const words = events.filter(({ name }) => name === 'token').map(({ data }) => data['text'])
      expect(words.length).toBeGreaterThan(5)
      expect(words.join('').trim()).toBe(replies[0])
      const { name, data } = events.at(-1) ?? {}
      expect(name).toBe('done')
      expect(data?.['reply']).toBe(replies[0])
      const commit = await visitor.post('/chat/commit', { receipts: [data?.['receipt']] })
      expect(commit.status).toBe(200)
      expect(await visitor.say(WHO)).toBe(replies[1])
    })

    it('logs what the server counted, in one piece and streamed', async () => {
      await readEvents(await createVisitor(app.url).stream({ message: HELLO }))
      for (const streamed of [false, true]) {
        const line = new RegExp(`"event":"turn".*"streamed":${streamed}.*`)
        await expect.poll(() => app.logs(), PATIENTLY).toMatch(line)
        expect(line.exec(app.logs())?.[0]).toMatch(
          /"promptTokens":[1-9]\d*,"completionTokens":[1-9]/,
        )
      }
    })

    it('frees the model when the visitor stops', async () => {
      const leaving = new AbortController()
      const visitor = createVisitor(storyteller.url)
      const response = await visitor.stream({ message: STORY }, leaving.signal)
      await response.body?.getReader().read()
      const isBusy = async () => (await readSlot(url)).isBusy
      await expect.poll(isBusy, PATIENTLY).toBe(true)
      leaving.abort()
      // A second is the promise. A busy machine takes longer, but is far from the story's end then.
      await expect.poll(isBusy, PATIENTLY).toBe(false)
      expect((await readSlot(url)).tokens).toBeLessThan(STORY_TOKENS / 2)
    })
  })
})
