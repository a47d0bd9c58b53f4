/**
 * The sixty test vectors of sessions, 48 to 59: what a store can do to a conversation, as its visitor sees it.
 *
 * Elsewhere, since they need the real engine: 57 in `node-sqlite.test.ts`, 58 in `node-redis.test.ts` and `several-processes.test.ts`.
 */

import { describe, expect, it } from 'vitest'
import { createKvStore } from '../../src/store/kv.ts'
import { limited } from '../../src/store/layers/limited.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { FORGOTTEN_HEADER } from '../../src/wire.ts'
import { createChatApp, createEcho, ORIGIN } from '../support/chat-app.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { createKvFake } from '../support/kv-fake.ts'
import { prose } from '../support/prose.ts'
import { createVisitor } from '../support/visitor.ts'

const memory = () => createMemoryStore({ now: Date.now, maxChars: 1e9 })
const text = (i: number) => `turn-${i}- ${prose(i, 900)}`

/** A visitor of an app whose store is faulty, and what there is to look at. */
function visit(store: Store | null, maxAgeSeconds = 604_800) {
  const echo = createEcho()
  const events: string[] = []
  const log = (_level: string, event: string) => void events.push(event)
  const { app } = createChatApp({ store, log, maxAgeSeconds, model: echo.model })
  const visitor = createVisitor(ORIGIN, app.request)
  return {
    visitor,
    events,
    prompts: echo.prompts,
    async chat(from: number, to: number) {
      for (let i = from; i < to; i++)
        expect(await visitor.say(text(i))).toBe(`Answer to ${text(i)}`)
    },
    /** The numbers of the turns in the history, how many are forgotten, and how many cannot be read. */
    async history() {
      const { turns, forgotten, unreadable = 0 } = await visitor.history()
      const numbers = turns
        .filter(({ role }) => role === 'user')
        .map(({ content }) => Number(/turn-(\d+)-/.exec(content)?.[1]))
      return { numbers, forgotten, unreadable }
    },
  }
}

const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i)

describe('a store that takes nothing', () => {
  it('48. harms no reply: the newest turns stay, the others are counted, and page and log say so', async () => {
    const store = createFaultyStore(memory())
    store.rejections.put = Number.POSITIVE_INFINITY
    const { visitor, events, chat, history } = visit(store)
    await chat(0, 20)
    const { numbers, forgotten, unreadable } = await history()
    expect(numbers.length).toBeGreaterThan(2)
    expect(numbers).toEqual(upTo(20, 20 - numbers.length))
    expect([forgotten, unreadable]).toEqual([2 * (20 - numbers.length), 0])
    const response = await visitor.post('/chat', { message: text(20) })
    expect(Number(response.headers.get(FORGOTTEN_HEADER))).toBeGreaterThanOrEqual(forgotten)
    expect(await visitor.page()).toMatch(/id="forgotten-count"[^>]*>\d+</)
    expect(events).toContain('store_failed')
    expect(events).toContain('messages_forgotten')
    store.rejections.put = 0
    await chat(21, 40)
    const later = await history()
    expect(later.numbers).toEqual(upTo(40, 40 - later.numbers.length))
    expect(later.forgotten / 2 + later.numbers.length).toBe(40)
  })

  it.each([
    ['51. KV, which refuses one write', 1, 0],
    ['51. KV, which refuses every write', Number.POSITIVE_INFINITY, 1],
    ['55. KV, whose writes of the day are used up', Number.POSITIVE_INFINITY, 1],
  ])('%s', async (_name, refusals, lost) => {
    const kv = createKvFake()
    const { chat, history } = visit(limited(createKvStore(kv), { retryDelayMs: () => 1 }))
    for (let i = 0; i < 20; i++) {
      kv.refuse('put', refusals)
      await chat(i, i + 1)
    }
    const { numbers, forgotten } = await history()
    expect([forgotten > 0, numbers.length + forgotten / 2]).toEqual([lost > 0, 20])
    expect(kv.names().length > 0).toBe(lost === 0)
  })

  it('56. KV is asked for a minute at least when the conversation ends sooner', async () => {
    const kv = createKvFake()
    const { chat, history } = visit(createKvStore(kv), 30)
    await chat(0, 20)
    expect(await history()).toEqual({ numbers: upTo(20), forgotten: 0, unreadable: 0 })
  })
})

describe('a store that gives nothing', () => {
  it.each<[string, (store: ReturnType<typeof createFaultyStore>) => void]>([
    [
      '49. is down',
      (store) => {
        store.rejections.get = Number.POSITIVE_INFINITY
      },
    ],
    [
      '53. finds nothing any more',
      (store) => {
        store.hiddenReads = Number.POSITIVE_INFINITY
      },
    ],
    [
      '54. gives values cut short',
      (store) => {
        store.damage = 'truncated'
      },
    ],
    [
      '54. gives values with a bit flipped',
      (store) => {
        store.damage = 'flipped'
      },
    ],
    [
      '54. gives values of other keys',
      (store) => {
        store.damage = 'swapped'
      },
    ],
    [
      '50. is too slow',
      (store) => {
        store.delayMs = 300
      },
    ],
  ])(
    '%s: only the newest are there, nothing is forgotten, and all is back later',
    async (_name, fail) => {
      const store = createFaultyStore(memory())
      const { visitor, chat, history, prompts } = visit(limited(store, { limitMs: 30 }))
      await chat(0, 30)
      fail(store)
      const { numbers, forgotten, unreadable } = await history()
      expect(numbers.length).toBeGreaterThan(1)
      expect(numbers).toEqual(upTo(30, 30 - numbers.length))
      expect([forgotten, unreadable]).toEqual([0, 30 - numbers.length])
      const page = await visitor.get('/?before=10')
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('</html>')])
      await chat(30, 31)
      expect(prompts.at(-1)?.at(-1)?.content).toBe(text(30))
      store.delayMs = 0
      store.damage = 'none'
      store.hiddenReads = 0
      store.rejections.get = 0
      expect(await history()).toEqual({ numbers: upTo(31), forgotten: 0, unreadable: 0 })
    },
  )

  it('52. finds a value a while after it was written, as KV does', async () => {
    const kv = createKvFake({ visibleAfterMs: 5000 })
    const { chat, history } = visit(createKvStore(kv))
    await chat(0, 20)
    const before = await history()
    expect(before.unreadable).toBeGreaterThan(5)
    expect(before.forgotten).toBe(0)
    kv.advanceTime(61_000)
    expect(await history()).toEqual({ numbers: upTo(20), forgotten: 0, unreadable: 0 })
  })

  it('fails while many segments are gathered, and loses none of them', {
    timeout: 30_000,
  }, async () => {
    const store = createFaultyStore(memory())
    const { chat, history } = visit(store)
    for (let i = 0; i < 150; i++) {
      store.rejections.get = i % 3 === 0 ? Number.POSITIVE_INFINITY : 0
      store.hiddenReads = i % 5 === 0 ? Number.POSITIVE_INFINITY : 0
      store.damage = i % 7 === 0 ? 'flipped' : 'none'
      await chat(i, i + 1)
    }
    Object.assign(store, { hiddenReads: 0, damage: 'none' })
    store.rejections.get = 0
    expect(await history()).toEqual({ numbers: upTo(150), forgotten: 0, unreadable: 0 })
  })
})

describe('59. a turn larger than a cookie', () => {
  const huge = `turn-1- ${prose(7, 20_000)}`

  it('is kept whole where there is a store, and is in the next prompt', async () => {
    const { visitor, chat, history, prompts } = visit(memory())
    await chat(0, 1)
    await visitor.say(huge)
    await chat(2, 3)
    expect(
      prompts
        .at(-1)
        ?.slice(1)
        .map(({ content }) => content),
    ).toEqual([text(0), `Answer to ${text(0)}`, huge, `Answer to ${huge}`, text(2)])
    expect(await history()).toEqual({ numbers: [0, 1, 2], forgotten: 0, unreadable: 0 })
  })

  it('is cut, visibly, where there is none', async () => {
    const { visitor, chat, history } = visit(null)
    await chat(0, 1)
    await visitor.say(huge)
    expect(await history()).toEqual({ numbers: [1], forgotten: 2, unreadable: 0 })
    const [user, assistant] = (await visitor.history()).turns
    expect(user?.content).toMatch(/^turn-1-.* \[…\]$/)
    expect(assistant?.content).toMatch(/^Answer to .* \[…\] /)
  })

  it('can be tried again while the store does not answer', async () => {
    const store = createFaultyStore(memory())
    const { visitor, chat, history } = visit(store)
    await chat(0, 1)
    await visitor.say(huge)
    store.rejections.get = Number.POSITIVE_INFINITY
    const again = await visitor.post('/chat', { message: text(2), replaces: 'last' })
    expect(again.status).toBe(200)
    store.rejections.get = 0
    expect(await history()).toEqual({ numbers: [0, 2], forgotten: 0, unreadable: 0 })
  })
})
