/** What happens to open turns when the process is about to end. */

import { describe, expect, it, vi } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type ChatAppOptions, createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { readEvents } from '../support/read-events.ts'
import { pulled, textModel, textsOf } from '../support/text-model.ts'
import { createVisitor } from '../support/visitor.ts'

/** Says two words and then nothing, whatever happens. */
const hanging = textModel('hanging', async function* () {
  yield 'Two words'
  await new Promise(() => {})
  return 'stop'
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function createStoppable(options: Pick<ChatAppOptions, 'store' | 'model'> = {}) {
  const stopping = new AbortController()
  const { app } = createChatApp({ model: hanging, ...options, stopping: stopping.signal })
  const visitor = createVisitor(ORIGIN, (url, init) => app.request(url, init))
  return { visitor, stop: () => stopping.abort() }
}

describe('an app that must end now', () => {
  it('ends each open stream with an error that says when to try again', async () => {
    const { visitor, stop } = createStoppable()
    const streams = await Promise.all(['a', 'b', 'c'].map((message) => visitor.stream({ message })))
    setTimeout(stop, 150)
    for (const stream of streams) {
      const { events } = await readEvents(stream)
      expect(events[0]).toEqual({ name: 'token', data: { text: 'Two words' } })
      expect(events.at(-1)).toEqual({
        name: 'error',
        data: {
          error: 'The server is being restarted. Please try again in 2 seconds.',
          code: 'shutting_down',
          retryAfter: 2,
          partial: true,
        },
      })
    }
  })

  it('answers a reply in one piece that is open, and whoever comes then', async () => {
    const { visitor, stop } = createStoppable()
    const open = visitor.post('/chat', { message: 'Hi' })
    await sleep(20)
    stop()
    for (const response of [await open, await visitor.post('/chat', { message: 'Hi' })]) {
      expect(response.status).toBe(503)
      expect(response.headers.get('Retry-After')).toBe('2')
      expect(await response.json()).toMatchObject({ code: 'shutting_down' })
    }
    expect((await visitor.history()).turns).toEqual([])
  })

  it('starts no turn whose conversation was being read', async () => {
    const store = createFaultyStore(createMemoryStore({ now: Date.now, maxChars: 1024 * 1024 }))
    let asked = 0
    const model = textModel('long', async function* (messages, options) {
      asked++
      if (messages.at(-1)?.content === 'And then?')
        return yield* textsOf(pulled(hanging).answer(messages, options))
      for (let i = 0; i < 4000; i++) yield crypto.randomUUID()
      return 'stop'
    })
    const { visitor, stop } = createStoppable({ store, model })
    await visitor.post('/chat', { message: 'Hi' })
    const [before, reads] = [asked, store.calls.get]
    store.delayMs = 50
    const open = visitor.post('/chat', { message: 'And then?' })
    await vi.waitFor(() => expect(store.calls.get).toBe(reads + 1), { timeout: 5000, interval: 1 })
    stop()
    expect((await open).status).toBe(503)
    expect(asked).toBe(before)
  })
})
