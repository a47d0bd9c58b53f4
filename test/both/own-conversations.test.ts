/** Conversations at addresses of their own at bad moments: a store that is away, a full browser, answers that come late. */

import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { prose } from '../support/prose.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

type Options = NonNullable<Parameters<typeof createChatApp>[0]>

function open(options: Options = {}) {
  const store = createFaultyStore(createMemoryStore({ now: () => 0, maxChars: 1e9 }))
  const { app } = createChatApp({ store, ...options })
  const visitor = createVisitor(ORIGIN, (url, init) => app.request(url, init))
  const setAway = (isAway: boolean): void => {
    for (const call of ['get', 'put', 'deleteAll'] as const) {
      store.rejections[call] = isAway ? Number.POSITIVE_INFINITY : 0
    }
  }
  return { visitor, store, setAway }
}

/** A fresh conversation of the same browser. */
async function fresh(visitor: Visitor): Promise<Visitor> {
  const { id }: { id: string } = JSON.parse(await (await visitor.in('').post('/new')).text())
  return visitor.in(`/c/${id}`)
}

async function begun(visitor: Visitor, message: string): Promise<Visitor> {
  const conversation = await fresh(visitor)
  await conversation.say(message)
  return conversation
}

const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status

describe('a store that cannot be read', () => {
  it('lets nothing be shared or forked in part', async () => {
    const { visitor, setAway } = open()
    const long = await begun(visitor, prose(1, 1500))
    for (let i = 2; i < 9; i++) await long.say(prose(i, 1500))
    const turn = /data-turn="([^"]+)"/.exec(await long.page())?.[1] ?? ''
    expect(await statusOf(long.post('/fork', { turn: 'nobody knows' }))).toBe(404)
    setAway(true)
    expect(await statusOf(long.post('/share'))).toBe(503)
    expect(await statusOf(long.post('/fork', { turn }))).toBe(503)
    setAway(false)
    expect(await statusOf(long.post('/share'))).toBe(200)
    expect(await long.said()).toHaveLength(16)
  })

  it('keeps nobody from beginning a conversation, and begins none in the place of a parked one', async () => {
    let nowMs = Date.now()
    const { visitor, setAway } = open({ maxConversations: 1, now: () => nowMs })
    const parked = await begun(visitor, 'parked')
    expect(await (await parked.post('/park')).json()).toEqual({ status: 'parking' })
    expect(await (await parked.post('/park')).json()).toEqual({ status: 'parked' })
    nowMs += 10_000
    setAway(true)
    const next = await begun(visitor, 'next')
    expect(await next.said()).toHaveLength(2)
    expect(await statusOf(parked.post('/chat', { message: 'more' }))).toBe(503)
    setAway(false)
    expect(await parked.said()).toEqual(['parked', 'Answer to parked'])
  })
})

describe('what the root held, once it is parked', () => {
  it('is not begun anew while the store is away', async () => {
    let nowMs = Date.now()
    // Whatever the hash of their ids is, of one in two it would look like a late time.
    for (let i = 0; i < 12; i++) {
      const { visitor, setAway } = open({ now: () => nowMs })
      await visitor.say('at the root')
      nowMs += 60_000
      await visitor.post('/new')
      const [moved] = await visitor.list()
      const conversation = visitor.in(`/c/${moved?.id}`)
      await conversation.post('/park')
      await conversation.post('/park')
      setAway(true)
      expect(await statusOf(conversation.post('/chat', { message: 'more' }))).toBe(503)
      setAway(false)
      expect(await conversation.said()).toEqual(['at the root', 'Answer to at the root'])
    }
  })
})

describe('what was deleted', () => {
  it('stays away, also where it had been parked and opened again', async () => {
    const { visitor } = open()
    const conversation = await begun(visitor, 'secret')
    await conversation.post('/park')
    await conversation.post('/park')
    await conversation.say('again')
    expect(await statusOf(conversation.post('/delete'))).toBe(200)
    expect(await statusOf(conversation.get('/history'))).toBe(404)
    expect(await visitor.list()).toEqual([])
  })

  it('is never in the way of a form’s answer', async () => {
    const { visitor } = open({ maxConversations: 1 })
    const old = await begun(visitor, 'old')
    const current = await begun(visitor, 'current')
    await current.page()
    // The cookie goes, and the list still has it, as after an answer that came late.
    visitor.jar.take(`chat_dev_c=; Max-Age=0; Path=${await old.base()}`)
    expect(await visitor.list()).toHaveLength(2)
    const { response, paths } = await current.follow('/chat', { message: 'go on' })
    expect([response.status, paths.at(-1)]).toEqual([200, await current.base()])
    expect((await visitor.list()).map(({ id }) => `/c/${id}`)).toEqual([await current.base()])
  })
})

describe('what the root held', () => {
  it('comes to one address, however often New Chat was pressed', async () => {
    const { visitor } = open()
    await visitor.say('at the root')
    const before = visitor.jar.all()
    await visitor.post('/new')
    for (const cookie of before) visitor.jar.put(cookie)
    await visitor.post('/new')
    const [only, ...others] = await visitor.list()
    expect(others).toEqual([])
    expect(await visitor.in(`/c/${only?.id}`).said()).toEqual([
      'at the root',
      'Answer to at the root',
    ])
  })

  it('moves as it is, also without a store and with a full cookie', async () => {
    const { visitor } = open({ store: null })
    await visitor.say('short')
    while (visitor.cookie().length < 3600) await visitor.say(prose(visitor.cookie().length, 300))
    const said = await visitor.said()
    await visitor.post('/new')
    const [moved] = await visitor.list()
    expect(await visitor.in(`/c/${moved?.id}`).said()).toEqual(said)
    expect(await visitor.said()).toEqual([])
  })
})

describe('a full browser without a store', () => {
  it('keeps what the root holds where New Chat has no room for it', async () => {
    const { visitor } = open({ store: null, maxConversations: 1 })
    await begun(visitor, 'the only one')
    await visitor.in('').say('at the root')
    expect(await statusOf(visitor.in('').post('/new'))).toBe(409)
    expect(await visitor.in('').said()).toEqual(['at the root', 'Answer to at the root'])
    expect(await visitor.list()).toHaveLength(1)
  })

  it('takes no fork, import or copy until something is deleted', async () => {
    const { visitor } = open({ store: null, maxConversations: 2 })
    const first = await begun(visitor, 'first')
    const second = await begun(visitor, 'second')
    const history = await second.history()
    expect(await statusOf(visitor.in('').post('/import', history))).toBe(409)
    const turn = /data-turn="([^"]+)"/.exec(await second.page())?.[1] ?? ''
    expect(await statusOf(second.post('/fork', { turn }))).toBe(409)
    expect(await first.said()).toHaveLength(2)
    await first.post('/delete')
    expect(await statusOf(visitor.in('').post('/import', history))).toBe(200)
  })

  it('says on the empty page what will go when another begins', async () => {
    const { visitor } = open({ store: null, maxConversations: 2 })
    await begun(visitor, 'the oldest of all')
    expect(await visitor.in('').page()).not.toContain('keeps no more')
    await begun(visitor, 'another')
    expect(await visitor.in('').page()).toMatch(/keeps no more[^.]*the oldest of all/)
  })
})

it('a conversation that has ended leaves the list', async () => {
  let nowMs = Date.now()
  const { visitor } = open({ maxAgeSeconds: 100, now: () => nowMs })
  await begun(visitor, 'early')
  nowMs += 60_000
  await begun(visitor, 'late')
  expect((await visitor.list()).map(({ title }) => title)).toEqual(['late', 'early'])
  nowMs += 60_000
  expect((await visitor.list()).map(({ title }) => title)).toEqual(['late'])
})
