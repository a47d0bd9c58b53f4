/** The same turns, committed again and again with cookies of long ago, fill no store. */

import { beforeEach, describe, expect, it } from 'vitest'
import { createKvStore } from '../../src/store/kv.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createKvFake } from '../support/kv-fake.ts'
import { prose } from '../support/prose.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const LIMIT = { timeout: 60_000 }

/** A store that knows what it holds. */
function createProbe() {
  const memory = createMemoryStore({ now: Date.now, maxChars: 1e9 })
  const values = new Map<string, string>()
  let puts = 0
  const store: Store = {
    ...memory,
    async put(...args) {
      const [conversation, key, value] = args
      puts += 1
      await memory.put(...args)
      values.set(`${conversation}/${key}`, value)
    },
  }
  const chars = () => [...values.values()].reduce((sum, value) => sum + value.length, 0)
  return { store, values, chars, puts: () => puts }
}

function createSubject(store: Store, cacheChars = 0) {
  const { app, cookies, receipts } = createChatApp({ store, cacheChars })
  const visitor = createVisitor(ORIGIN, app.request)

  /** Receipts of turns that this conversation might have had, of about so many characters each. */
  async function receiptsOf(count: number, chars: number): Promise<readonly string[]> {
    const state = await cookies.load(visitor.cookie(), 'plain')
    if (!state) throw new Error('This visitor has no session')
    const ids = Array.from({ length: count }, (_, i) => `zzzzzzz${i % 10}z${chanceOf(i)}`)
    return Promise.all(
      ids.sort().map((id, i) => {
        const turn = { id, user: prose(i, chars / 2), assistant: prose(i + 500, chars / 2) }
        const receipt = {
          conversationId: state.id,
          turn: { ...turn, stopped: false },
          replaces: '',
        }
        return receipts.issue(receipt)
      }),
    )
  }
  return { visitor, receiptsOf }
}

const chanceOf = (i: number) => ((i * 7919 * 104_729) % 36 ** 4).toString(36).padStart(4, '0')

async function replay(visitor: Visitor, cookie: string, receipts: readonly string[]) {
  visitor.setCookie(cookie)
  expect((await visitor.post('/chat/commit', { receipts })).status).toBe(200)
}

describe('receipts of 113 KB that are replayed', () => {
  let probe: ReturnType<typeof createProbe>
  let subject: ReturnType<typeof createSubject>
  beforeEach(() => {
    probe = createProbe()
    subject = createSubject(probe.store)
  })

  /** The cookies after each of some turns, the oldest first. */
  async function talk(turns: number): Promise<readonly string[]> {
    const cookies: string[] = []
    for (let i = 0; i < turns; i++) {
      await subject.visitor.say(`${i} ${prose(i + 7000, 900)}`)
      cookies.push(subject.visitor.cookie())
    }
    return cookies
  }

  it('write nothing new with the same old cookie', LIMIT, async () => {
    const [old = ''] = await talk(1)
    const receipts = await subject.receiptsOf(60, 3000)
    await replay(subject.visitor, old, receipts)
    const { turns } = await subject.visitor.history()
    expect(turns).toHaveLength(122)
    const kept = new Map(probe.values)
    for (let i = 0; i < 20; i++) await replay(subject.visitor, old, receipts)
    expect(probe.values).toEqual(kept)
    expect((await subject.visitor.history()).turns).toEqual(turns)
  })

  it(
    'write the less the more cookies were replayed, and nothing when those come again',
    LIMIT,
    async () => {
      const cookies = await talk(20)
      const receipts = await subject.receiptsOf(60, 3000)
      const before = probe.chars()
      await replay(subject.visitor, cookies[0] ?? '', receipts)
      const once = probe.chars() - before
      for (const cookie of cookies) await replay(subject.visitor, cookie, receipts)
      // Only the beginning of what is moved differs, and the names of what follows.
      expect(probe.chars() - before).toBeLessThan(3 * once)
      const kept = new Map(probe.values)
      for (const cookie of cookies) await replay(subject.visitor, cookie, receipts)
      expect(probe.values).toEqual(kept)
    },
  )

  it('write little that is new when some of them are left out', LIMIT, async () => {
    const [old = ''] = await talk(1)
    const receipts = await subject.receiptsOf(60, 3000)
    const before = probe.chars()
    await replay(subject.visitor, old, receipts)
    const once = probe.chars() - before
    for (let i = 0; i < 60; i += 5) {
      await replay(
        subject.visitor,
        old,
        receipts.filter((_, j) => j !== i),
      )
    }
    expect(probe.chars() - before).toBeLessThan(5 * once)
    const { turns } = await subject.visitor.history()
    expect(turns).toHaveLength(120)
  })

  it(
    'reach the greatest size of a conversation and no more, and the conversation goes on',
    LIMIT,
    async () => {
      const logged: string[] = []
      const maxConversationChars = 400_000
      const store = createMemoryStore({ now: Date.now, maxChars: 1e9, maxConversationChars })
      const { app, cookies, receipts } = createChatApp({
        store,
        log: (_level, event) => void logged.push(event),
      })
      const visitor = createVisitor(ORIGIN, app.request)
      await visitor.say('Hello')
      const state = await cookies.load(visitor.cookie(), 'plain')
      let said = 2
      for (let i = 0; i < 60; i++) {
        const turn = {
          id: `zzzzzzz${String(i).padStart(2, '0')}${chanceOf(i)}`,
          user: prose(i, 18_000),
          assistant: 'Yes.',
        }
        const conversationId = state?.id ?? ''
        const receipt = await receipts.issue({
          conversationId,
          turn: { ...turn, stopped: false },
          replaces: '',
        })
        expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
        said += 2
      }
      expect(logged).toContain('conversation_full')
      const { turns, forgotten, unreadable } = await visitor.history()
      expect(forgotten).toBeGreaterThan(0)
      expect([turns.length + forgotten, unreadable]).toEqual([said, undefined])
      expect(await visitor.say('And now?')).toBe('Answer to And now?')
    },
  )
})

describe('KV', () => {
  it('gets each value once, and holds as many after twenty replays', LIMIT, async () => {
    const kv = createKvFake()
    const { visitor, receiptsOf } = createSubject(createKvStore(kv), 8e6)
    await visitor.say('Hello')
    const old = visitor.cookie()
    const receipts = await receiptsOf(60, 3000)
    await replay(visitor, old, receipts)
    const kept = kv.names()
    const puts = kv.calls.put
    expect(kept.length).toBeGreaterThan(2)
    for (let i = 0; i < 20; i++) await replay(visitor, old, receipts)
    expect([kv.names(), kv.calls.put]).toEqual([kept, puts])
  })

  it('forgets nothing when two isolates write the same within a second', LIMIT, async () => {
    const kv = createKvFake()
    const { visitor, receiptsOf } = createSubject(createKvStore(kv))
    const other = createSubject(createKvStore(kv)).visitor
    await visitor.say('Hello')
    const old = visitor.cookie()
    const receipts = await receiptsOf(60, 3000)
    await replay(visitor, old, receipts)
    await replay(other, old, receipts)
    const { turns, forgotten } = await other.history()
    expect([turns.length, forgotten]).toEqual([122, 0])
  })
})
