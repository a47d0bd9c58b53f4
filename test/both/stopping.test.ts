/** What happens to open turns when the process is about to end. */

import { describe, expect, it } from 'vitest'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { readEvents } from '../support/read-events.ts'
import { textModel } from '../support/text-model.ts'
import { createVisitor } from '../support/visitor.ts'

/** Says two words and then nothing, whatever happens. */
const hanging = textModel('hanging', async function* () {
  yield 'Two words'
  await new Promise(() => {})
  return 'stop'
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function createStoppable() {
  const stopping = new AbortController()
  const { app } = createChatApp({ model: hanging, stopping: stopping.signal })
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
})
