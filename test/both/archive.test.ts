import { beforeEach, describe, expect, it } from 'vitest'
import { type Archive, createArchive } from '../../src/conversation/archive/archive.ts'
import {
  type Conversation,
  countTurns,
  hasTurn,
  replaceTurn,
} from '../../src/conversation/conversation.ts'
import { createReceipts, mergeReceipts } from '../../src/conversation/receipt.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { createSessionCookies, MAX_COOKIE_LINE_BYTES } from '../../src/session/cookie.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { changed } from '../support/changed.ts'
import { layered } from '../support/layered.ts'
import { prose } from '../support/prose.ts'

const tokens = createTokens(['a secret of the tests, long enough to sign with'])
const MAX_AGE = 604_800
const START_MS = 1_800_000_000_000
const silent = () => {}

const archiveOn = (store: Store, cacheChars = 0) =>
  createArchive({ store: layered(store, { sealer: tokens, cacheChars }), log: silent })

/** A store that counts, and lets a test look and tamper. */
function createProbe() {
  const memory = createMemoryStore({ now: () => START_MS, maxChars: 1e9 })
  const probe = {
    gets: 0,
    ttls: [] as number[],
    values: new Map<string, string>(),
    /** What a read gives, if not what was written. */
    instead: null as null | ((key: string) => string | null | Promise<never>),
    refusesWrites: false,
  }
  const store: Store = {
    ...memory,
    async get(conversation, key) {
      probe.gets += 1
      return probe.instead ? probe.instead(key) : memory.get(conversation, key)
    },
    async put(conversation, key, value, ttlSeconds) {
      if (probe.refusesWrites) throw new Error('full')
      expect(probe.values.get(key) ?? value, 'a key always means the same').toBe(value)
      probe.ttls.push(ttlSeconds)
      probe.values.set(key, value)
      await memory.put(conversation, key, value, ttlSeconds)
    },
  }
  return { probe, store }
}

const turn = (i: number, chars = 1100): SavedTurn => ({
  id: `mjd2k0f${String(i).padStart(6, '0')}`,
  user: prose(i, chars / 3),
  assistant: prose(i + 5000, (2 * chars) / 3),
  stopped: i % 7 === 0,
})

describe('a conversation that outgrows its cookie', () => {
  let probe: ReturnType<typeof createProbe>['probe']
  let archive: Archive
  let cookies: ReturnType<typeof createSessionCookies>
  let elapsedMs = 0

  beforeEach(() => {
    elapsedMs = 0
    const made = createProbe()
    probe = made.probe
    archive = archiveOn(made.store)
    const now = () => START_MS + elapsedMs
    cookies = createSessionCookies({ tokens, archive, maxAgeSeconds: MAX_AGE, now })
  })

  async function grow(turns: readonly SavedTurn[], from = cookies.start()): Promise<Conversation> {
    let state = from
    for (const next of turns) {
      const { line } = await cookies.save({ ...state, turns: [...state.turns, next] }, 'secure')
      expect(line.length).toBeLessThanOrEqual(MAX_COOKIE_LINE_BYTES)
      const loaded = await cookies.load(line.split(';')[0] ?? '', 'secure')
      if (!loaded) throw new Error('the cookie cannot be read')
      state = loaded
    }
    return state
  }
  const run = (count: number, chars?: number) =>
    Array.from({ length: count }, (_, i) => turn(i, chars))

  it('keeps every turn, in order, in short cookies, with few writes', {
    timeout: 60_000,
  }, async () => {
    const turns = run(600)
    const state = await grow(turns)
    expect(countTurns(state)).toBe(600)
    expect(state.forgotten).toBe(0)
    expect(probe.values.size / 600).toBeLessThan(0.4)
    expect(state.segments.length).toBeLessThan(22)
    const { turns: all, unreadable } = await archive.read(state, 0, 600)
    expect([all, unreadable]).toEqual([turns, 0])
  })

  it('reads only what leads to the turns that are asked for', async () => {
    const turns = run(300)
    const state = await grow(turns)
    for (const [from, to] of [
      [0, 1],
      [0, 20],
      [137, 157],
      [290, 300],
      [299, 300],
      [-5, 3],
      [298, 999],
      [150, 150],
    ] as const) {
      probe.gets = 0
      const excerpt = await archive.read(state, from, to)
      expect(excerpt.turns).toEqual(turns.slice(Math.max(0, from), to))
      expect([excerpt.earlier, excerpt.later]).toEqual([Math.max(0, from), Math.max(0, 300 - to)])
      expect(probe.gets).toBeLessThan(12)
    }
  })

  it('puts a turn that is larger than a cookie whole into a segment', async () => {
    const turns = [turn(1), turn(2, 40_000), turn(3), turn(4, 90_000), turn(5, 90_000)]
    const state = await grow(turns)
    expect((await archive.read(state, 0, 5)).turns).toEqual(turns)
    expect(state.forgotten).toBe(0)
  })

  it('moves the oldest and keeps the newest that fit into half of the room', async () => {
    const turns = run(12)
    const before = await grow(turns.slice(0, 4))
    expect(before.segments).toEqual([])
    const state = await grow(turns.slice(4), before)
    expect(state.turns.length).toBeGreaterThan(0)
    expect(state.turns).toEqual(turns.slice(-state.turns.length))
    expect(hasTurn(state, turns[11 - state.turns.length]?.id ?? '')).toBe(true)
  })

  it('asks for the time that the conversation has left', async () => {
    elapsedMs = 100_000_000
    const late = { ...cookies.start(), startedAt: START_MS / 1000 }
    await grow(run(8), late)
    expect(new Set(probe.ttls)).toEqual(new Set([MAX_AGE - 100_000]))
  })

  it('drops and counts the oldest when the store takes nothing, and goes on when it does again', async () => {
    probe.refusesWrites = true
    const broken = await grow(run(12))
    expect(broken.forgotten).toBeGreaterThan(0)
    expect(countTurns(broken)).toBe(12 - broken.forgotten / 2)
    probe.refusesWrites = false
    const state = await grow(
      run(12).map((t, i) => ({ ...t, id: turn(50 + i).id })),
      broken,
    )
    expect(state.forgotten).toBe(broken.forgotten)
    expect(countTurns(state)).toBe(24 - broken.forgotten / 2)
  })

  it.each<
    [string, (values: Map<string, string>) => (key: string) => string | null | Promise<never>]
  >([
    ['is not there', () => () => null],
    ['cannot be had', () => () => Promise.reject(new Error('down'))],
    ['is another one', (values) => (key) => [...values].find(([k]) => k !== key)?.[1] ?? null],
    ['is cut short', (values) => (key) => values.get(key)?.slice(0, -9) ?? null],
    ['was changed', (values) => (key) => values.get(key)?.replace(/\.(.)/, '.B') ?? null],
    ['is no token', () => () => '<html>'],
  ])(
    'takes nothing from a segment that %s, forgets nothing, and reads it later',
    async (_name, fault) => {
      const turns = run(60)
      const state = await grow(turns)
      probe.instead = fault(probe.values)
      const { turns: some, unreadable, forgotten } = await archive.read(state, 0, 60)
      expect(some).toEqual(state.turns)
      expect([unreadable, forgotten]).toEqual([60 - state.turns.length, 0])
      expect(await archive.reopen(state)).toBeNull()
      const later = await grow(
        Array.from({ length: 40 }, (_, i) => turn(60 + i)),
        state,
      )
      probe.instead = null
      const all = [...turns, ...Array.from({ length: 40 }, (_, i) => turn(60 + i))]
      expect((await archive.read(later, 0, 100)).turns).toEqual(all)
    },
  )

  it('asks again for what was damaged on its way, and not again for what was whole', async () => {
    const { probe, store } = createProbe()
    const cached = archiveOn(store, 1e6)
    const empty = cookies.start()
    const state = { ...empty, segments: (await cached.add(empty, run(3), 1000)).segments }
    const other = archiveOn(store, 1e6)
    probe.instead = (key) => probe.values.get(key)?.slice(0, -9) ?? null
    expect(await other.reopen(state)).toBeNull()
    probe.instead = null
    for (const _time of [1, 2]) expect((await other.reopen(state))?.turns).toEqual(run(3))
    expect(probe.gets).toBe(2)
  })

  it('cannot be read with a segment of another conversation', async () => {
    const [mine, theirs] = [await grow(run(20)), await grow(run(20))]
    const stolen = { ...mine, segments: theirs.segments }
    expect((await archive.read(stolen, 0, 3)).turns).toEqual([])
    // Nor when the store mixes up two conversations.
    probe.instead = (key) => probe.values.get(key) ?? null
    expect((await archive.read(stolen, 0, 3)).turns).toEqual([])
    expect((await archive.read(theirs, 0, 3)).turns).toHaveLength(3)
  })

  it('is gone from the store after deleteAll, what was gathered included', async () => {
    const state = await grow(run(100))
    expect(probe.values.size).toBeGreaterThan(15)
    await archive.deleteAll(state)
    const { unreadable } = await archive.read(state, 0, 100)
    expect(unreadable).toBe(100 - state.turns.length)
    for (const key of probe.values.keys()) {
      const ref = { key, level: 0, turns: 1 }
      expect(await archive.reopen({ ...state, segments: [ref] })).toBeNull()
    }
  })

  it('lets a turn that has left the cookie be replaced, in its place', async () => {
    const receipts = createReceipts(tokens)
    const state = await grow([...run(3), turn(3, 60_000)])
    const next = turn(4, 200)
    expect(state.turns).toEqual([])
    const token = await receipts.issue({
      conversationId: state.id,
      turn: next,
      replaces: turn(3).id,
    })
    const merged = await mergeReceipts(state, [token], receipts, archive)
    const saved = (await cookies.save(merged.conversation, 'secure')).conversation
    expect((await archive.read(saved, 0, 99)).turns).toEqual([...run(3), next])
    const again = await mergeReceipts(saved, [token], receipts, archive)
    expect([again.conversation, again.settled]).toEqual([saved, [0]])
  })

  it('lets the last turn be replaced without reading it, for good', async () => {
    const receipts = createReceipts(tokens)
    const state = await grow([turn(1), turn(2, 60_000)])
    probe.instead = () => null
    const token = await receipts.issue({
      conversationId: state.id,
      turn: turn(3, 60_000),
      replaces: turn(2).id,
    })
    const merged = await mergeReceipts(state, [token], receipts, archive)
    let saved = (await cookies.save(merged.conversation, 'secure')).conversation
    expect(saved.turns).toEqual([])
    saved = (await cookies.save(changed(replaceTurn(saved, turn(3).id, turn(4, 60_000))), 'secure'))
      .conversation
    probe.instead = null
    const more = Array.from({ length: 60 }, (_, i) => turn(5 + i))
    const kept = [turn(1), turn(4, 60_000), ...more]
    const later = await grow(more, saved)
    expect((await archive.read(later, 0, 99)).turns).toEqual(kept)
    expect((await archive.reopen(saved))?.turns).toEqual([turn(4, 60_000)])
  })

  it('remembers as many turns as before when a segment was opened again', async () => {
    const receipts = createReceipts(tokens)
    const late = { conversationId: '', turn: turn(0), replaces: '' }
    const state = await grow([turn(1), turn(2), turn(3, 6000), turn(4, 100)])
    let again = state
    for (const [i, id] of [2, 5, 6].entries()) {
      const replacing = { conversationId: state.id, turn: turn(5 + i), replaces: turn(id).id }
      const merged = await mergeReceipts(
        again,
        [await receipts.issue(replacing)],
        receipts,
        archive,
      )
      again = (await cookies.save(merged.conversation, 'secure')).conversation
    }
    const token = await receipts.issue({ ...late, conversationId: state.id })
    const { conversation: kept, refusals } = await mergeReceipts(again, [token], receipts, archive)
    expect(refusals).toEqual([])
    const saved = (await cookies.save(kept, 'secure')).conversation
    const { turns } = await archive.read(saved, 0, 9)
    expect(turns).toEqual([turn(1), turn(7), turn(3, 6000), turn(4, 100), turn(0)])
  })

  it('does not bring a replaced turn back when its segment is copied or opened again', async () => {
    const state = await grow([turn(1), turn(2, 6000)])
    const replacing = changed(replaceTurn(state, turn(2).id, turn(3, 200)))
    expect((await archive.reopen(replacing))?.turns).toEqual([turn(1), turn(3, 200)])
    const replaced = await grow([turn(4, 9000)], replacing)
    const more = Array.from({ length: 60 }, (_, i) => turn(5 + i))
    const later = await grow(more, replaced)
    expect((await archive.read(later, 0, 99)).turns).toEqual([
      turn(1),
      turn(3, 200),
      turn(4, 9000),
      ...more,
    ])
  })

  it('keeps both when a turn in the middle that shall be replaced cannot be read', async () => {
    const receipts = createReceipts(tokens)
    const state = await grow([turn(1), turn(2, 60_000), turn(3, 100)])
    const token = await receipts.issue({
      conversationId: state.id,
      turn: turn(4, 100),
      replaces: turn(2).id,
    })
    probe.instead = () => null
    const { conversation: merged } = await mergeReceipts(state, [token], receipts, archive)
    probe.instead = null
    const { turns } = await archive.read(merged, 0, 9)
    expect(turns.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((i) => turn(i).id))
  })

  it('tells an observer what reaches the store below the cache that all share', async () => {
    const { probe, store } = createProbe()
    const shared = archiveOn(store, 1e6)
    const counts = { one: 0, two: 0 }
    const one = shared.observed(() => counts.one++)
    const two = shared.observed(() => counts.two++)
    const empty = cookies.start()
    const state = { ...empty, segments: (await one.add(empty, run(3), 1000)).segments }
    expect((await two.read(state, 0, 3)).turns).toEqual(run(3))
    expect([counts, probe.gets]).toEqual([{ one: 1, two: 0 }, 0])
    const cold = archiveOn(store)
    const three = cold.observed(() => counts.two++)
    await three.read(state, 0, 3)
    await three.deleteAll(state)
    expect(counts).toEqual({ one: 1, two: 2 })
    const large = { ...cookies.start(), turns: [turn(9, 20_000)] }
    const { conversation: saved } = await cookies.movingTo(one).save(large, 'secure')
    expect(counts).toEqual({ one: 2, two: 2 })
    expect((await two.read(saved, 0, 1)).turns).toEqual(large.turns)
  })

  it('does without a store', async () => {
    const none = createArchive({ store: null, log: silent })
    const state = await grow(run(20))
    expect(await none.add(state, [turn(1)], 60)).toEqual({ segments: state.segments, count: 0 })
    const { turns, unreadable } = await none.read(state, 0, 20)
    expect([turns, unreadable]).toEqual([state.turns, 20 - state.turns.length])
    await none.deleteAll(state)
  })
})
