/** Receipts that come late, in numbers, or for a turn that has left the cookie already. */

import { describe, expect, it } from 'vitest'
import type { SavedTurn } from '../../src/message.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { SETTLED_HEADER } from '../../src/wire.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const store = createMemoryStore({ now: Date.now, maxChars: 1e9 })
const { app, receipts } = createChatApp({ store })

async function receiptFor(visitor: Visitor, message: string): Promise<string> {
  const { events } = await readEvents(await visitor.stream({ message }))
  return String(events.at(-1)?.data['receipt'])
}

describe('a turn that goes whole into a segment', () => {
  it('is replaced there by a later receipt of it, and by none that says less', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const finished = await receipts.open(await receiptFor(visitor, prose(1, 20_000)))
    if (!finished) throw new Error('This receipt was made by the app itself')
    const reply = 'It began, went on, and ended.'
    const receiptOf = (said: Pick<SavedTurn, 'assistant' | 'stopped'>) =>
      receipts.issue({ ...finished, turn: { ...finished.turn, ...said } })
    const first = await receiptOf({ assistant: reply.slice(0, 8), stopped: true })
    const second = await receiptOf({ assistant: reply.slice(0, 17), stopped: true })
    const last = await receiptOf({ assistant: reply, stopped: false })
    const saved: unknown[] = []
    for (const receipt of [first, second, first, last, second, last]) {
      expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
      const { turns } = await visitor.history()
      expect(turns).toHaveLength(4)
      saved.push(turns.at(-1)?.content)
    }
    expect(saved).toEqual([
      'It began',
      'It began, went on',
      'It began, went on',
      reply,
      reply,
      reply,
    ])
    expect((await visitor.history()).turns.at(-1)?.stopped).toBeUndefined()
  })
})

describe('many receipts at once', () => {
  it('are all kept, as many as fit into a request', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const pending = await Promise.all(
      Array.from({ length: 600 }, (_, i) => receiptFor(visitor, `Question ${i}`)),
    )
    expect((await visitor.post('/chat/commit', { receipts: pending })).status).toBe(200)
    const { turns } = await visitor.history()
    expect(turns).toHaveLength(2 + 2 * pending.length)
    const again = await visitor.post('/chat/commit', { receipts: pending.slice(-8) })
    expect(again.headers.get(SETTLED_HEADER)).toBe('0,1,2,3,4,5,6,7')
  })

  it('are all kept, however long their texts are', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const pending: string[] = []
    for (let i = 0; i < 50; i++) {
      pending.push(await receiptFor(visitor, `${i} ${'so it goes on '.repeat(2200)}`))
    }
    expect((await visitor.post('/chat/commit', { receipts: pending })).status).toBe(200)
    const { turns, unreadable, forgotten } = await visitor.history()
    const numbers = turns.map(({ content }) => /\d+/.exec(content)?.[0])
    expect(numbers.slice(2)).toEqual(Array.from({ length: 100 }, (_, i) => `${i >> 1}`))
    expect([unreadable, forgotten]).toEqual([undefined, 0])
  })
})
