/** A store that dies at any operation, with several visitors at once: nothing that cookie or store holds is lost, and nobody waits for it. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limited } from '../../src/store/layers/limited.ts'
import { watched } from '../../src/store/layers/watched.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { prose } from '../support/prose.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

/** How a dying store fails: at once, after a while, after it has done what was asked, or never. */
const WAYS = ['rejects', 'throws', 'rejects late', 'does it and rejects', 'hangs'] as const
type Way = (typeof WAYS)[number]

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A store that works for so many operations, fails for the next ones, and works again when it is told to. */
function createDying(way: Way) {
  const memory = createMemoryStore({ now: Date.now, maxChars: 1e9 })
  const dying = { left: Number.POSITIVE_INFINITY, failures: 0 }

  function suffer<T>(call: () => Promise<T>): Promise<T> {
    if (dying.left > 0) {
      dying.left -= 1
      return call()
    }
    dying.failures += 1
    const error = new Error(`The store has died: ${way}`)
    if (way === 'throws') throw error
    if (way === 'hangs') return new Promise(() => {})
    if (way === 'rejects late') return sleep(60).then(() => Promise.reject(error))
    if (way === 'does it and rejects') return call().then(() => Promise.reject(error))
    return Promise.reject(error)
  }

  const store: Store = {
    kind: 'memory',
    get: (...args) => suffer(() => memory.get(...args)),
    put: (...args) => suffer(() => memory.put(...args)),
    deleteAll: (...args) => suffer(() => memory.deleteAll(...args)),
    check: () => suffer(() => memory.check()),
  }
  const limits = { limitMs: 20, writeLimitMs: 40, deleteLimitMs: 40, retryDelayMs: () => 1 }
  return { dying, store: watched(limited(store, limits)) }
}

describe('a store that dies', { timeout: 60_000 }, () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  beforeEach(() => {
    globalThis.process?.on?.('unhandledRejection', note)
  })
  afterEach(() => {
    globalThis.process?.off?.('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it.each(WAYS)('at any operation, and %s, loses nothing but what it says', async (way) => {
    for (let lives = 0; lives < 16; lives += 1 + (lives >> 2)) {
      const { dying, store } = createDying(way)
      const { app, cookies, receipts } = createChatApp({ store, cacheChars: lives % 2 ? 0 : 1e6 })
      const visitors = [1, 2, 3].map(() => createVisitor(ORIGIN, app.request))

      async function talk(visitor: Visitor, from: number, to: number): Promise<void> {
        for (let i = from; i < to; i++) await visitor.say(`turn-${i}- ${prose(i, 1100)}`)
      }
      async function commitMany(visitor: Visitor): Promise<void> {
        const state = await cookies.load(visitor.cookie(), 'plain')
        if (!state) throw new Error('This visitor has no session')
        const tokens = Array.from({ length: 8 }, (_, i) => {
          const id = `zzzzzzzz${i}${i}111`
          const turn = { id, user: `late-${i}-`, assistant: prose(i, 9000), stopped: false }
          return receipts.issue({ conversationId: state.id, turn, replaces: '' })
        })
        const body = { receipts: await Promise.all(tokens) }
        expect((await visitor.post('/chat/commit', body)).status).toBe(200)
      }

      await Promise.all(visitors.map((visitor) => talk(visitor, 0, 9)))
      dying.left = lives
      await Promise.all(
        visitors.map(async (visitor) => {
          await talk(visitor, 9, 12)
          await commitMany(visitor)
          expect((await visitor.get('/')).status).toBe(200)
          await visitor.history()
        }),
      )
      expect(dying.failures).toBeGreaterThan(0)
      dying.left = Number.POSITIVE_INFINITY
      for (const visitor of visitors) {
        const { turns, forgotten, unreadable } = await visitor.history()
        expect([turns.length + forgotten, unreadable], `${way} after ${lives}`).toEqual([
          40,
          undefined,
        ])
        const said = turns.filter(({ role }) => role === 'user').map(({ content }) => content)
        const numbers = said.map((text) => {
          const [, kind, i] = /^(turn|late)-(\d+)-/.exec(text) ?? []
          return kind === 'late' ? 12 + Number(i) : Number(i)
        })
        expect(numbers, 'in order, each once').toEqual([...new Set(numbers)].sort((a, b) => a - b))
        expect(numbers.at(-1)).toBe(19)
        // What had left the cookie before is all there.
        expect(numbers.slice(0, 4)).toEqual([0, 1, 2, 3])
      }
      // Late rejections have time to come.
      await sleep(way === 'rejects late' ? 80 : 0)
    }
  })

  it.each(WAYS)('when it shall delete, and %s, lets a visitor start over', async (way) => {
    const { dying, store } = createDying(way)
    const { app } = createChatApp({ store })
    const visitor = createVisitor(ORIGIN, app.request)
    for (let i = 0; i < 9; i++) await visitor.say(prose(i, 1100))
    dying.left = 0
    expect((await visitor.post('/reset')).status).toBe(200)
    expect((await visitor.history()).turns).toEqual([])
    await expect(store.check()).rejects.toThrow()
    await sleep(way === 'rejects late' ? 80 : 0)
  })
})
