import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKvStore, isKv } from '../../src/store/kv.ts'
import { cached } from '../../src/store/layers/cached.ts'
import { limited } from '../../src/store/layers/limited.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { ConversationFullError, type Store } from '../../src/store/store.ts'
import { describeStore } from '../contract/store.contract.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { createKvFake, type KvFakeOptions } from '../support/kv-fake.ts'

const ONE = '1'.repeat(32)
const TWO = '2'.repeat(32)
const HOUR = 3600
const MANY = 1_000_000
/** Room for more than a conversation may have. */
const LARGE = 64 * 1024 * 1024

function createClock() {
  let time = Date.UTC(2026, 10, 23)
  return {
    now: () => time,
    advance: (seconds: number) => {
      time += seconds * 1000
    },
  }
}

function createMemory(maxChars = MANY) {
  const { now, advance } = createClock()
  return { store: createMemoryStore({ now, maxChars }), now, advance }
}

function createGate() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

function createKv(options: KvFakeOptions = {}) {
  const kv = createKvFake(options)
  return { kv, store: createKvStore(kv) }
}

describeStore('memory', 'given', () => createMemory(LARGE))

describeStore('KV', 'given', () => {
  const { kv, store } = createKv()
  return { store, advance: (seconds) => kv.advanceTime(seconds * 1000) }
})

describeStore('memory behind limits and a cache', 'given', () => {
  const { store, now, advance } = createMemory(LARGE)
  return { store: cached(limited(store), { maxChars: MANY, now }), advance }
})

describe('createMemoryStore', () => {
  it('makes room by dropping the conversation that was not used for longest', async () => {
    const { store } = createMemory(250)
    await store.put(ONE, 'a', 'x'.repeat(99), HOUR)
    await store.put(TWO, 'a', 'y'.repeat(99), HOUR)
    await store.get(ONE, 'a')
    await store.put('3'.repeat(32), 'a', 'z'.repeat(99), HOUR)
    expect(await store.get(TWO, 'a')).toBeNull()
    expect(await store.get(ONE, 'a')).toBe('x'.repeat(99))
    expect(await store.get('3'.repeat(32), 'a')).toBe('z'.repeat(99))
  })

  it('drops what is over first', async () => {
    const { store, advance } = createMemory(250)
    await store.put(ONE, 'a', 'x'.repeat(99), HOUR)
    await store.put(TWO, 'a', 'y'.repeat(99), 10)
    await store.get(TWO, 'a')
    advance(11)
    await store.put('3'.repeat(32), 'a', 'z'.repeat(99), HOUR)
    expect(await store.get(ONE, 'a')).toBe('x'.repeat(99))
  })

  it('rejects what has no room, and nobody loses anything by it', async () => {
    const { store } = createMemory(250)
    await store.put(ONE, 'a', 'x'.repeat(99), HOUR)
    await store.put(TWO, 'a', 'y'.repeat(99), HOUR)
    await expect(store.put(TWO, 'b', 'z'.repeat(200), HOUR)).rejects.toThrow(
      'Cannot keep more than 250 characters of a conversation',
    )
    expect(await store.get(ONE, 'a')).toBe('x'.repeat(99))
    expect(await store.get(TWO, 'a')).toBe('y'.repeat(99))
  })

  it('costs about the same for each write, however much there is', async () => {
    // Quadratic work, as looking at everything at each write is, would take minutes.
    const { store } = createMemory(3_000_000)
    for (let i = 0; i < 100_000; i++) {
      await store.put(String(i % 30_000).padStart(32, '0'), `key-${i % 7}`, 'x'.repeat(94), HOUR)
    }
    expect(await store.get(String(99_999 % 30_000).padStart(32, '0'), 'key-4')).not.toBeNull()
  })

  it('counts a value that is written again once', async () => {
    const { store } = createMemory(250)
    for (let i = 0; i < 10; i++) await store.put(ONE, 'a', 'x'.repeat(199), HOUR)
    await store.deleteAll(ONE, [])
    await store.put(TWO, 'a', 'y'.repeat(249), HOUR)
    expect(await store.get(TWO, 'a')).toBe('y'.repeat(249))
  })
})

describe('createKvStore', () => {
  it.each([1, 59, 59.5])('asks KV for at least 60 seconds instead of %d', async (ttl) => {
    const { kv, store } = createKv()
    await store.put(ONE, 'a', 'value', ttl)
    kv.advanceTime(59_999)
    expect(await store.get(ONE, 'a')).toBe('value')
    kv.advanceTime(1)
    expect(await store.get(ONE, 'a')).toBeNull()
  })

  it('never reads a key before it writes it', async () => {
    const { kv, store } = createKv()
    await store.check()
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
    expect(kv.calls.get).toBe(2)
    expect(kv.names()).toEqual([`${ONE}/a`])
  })

  it('says null while a value is not visible, and the value later', async () => {
    const { kv, store } = createKv({ visibleAfterMs: 30_000 })
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBeNull()
    kv.advanceTime(60_000)
    expect(await store.get(ONE, 'a')).toBe('value')
  })

  it('deletes all pages of a list, in a few calls at once', async () => {
    const { kv, store } = createKv({ pageSize: 7 })
    for (let i = 0; i < 30; i++) await store.put(ONE, `key-${i}`, 'value', HOUR)
    await store.put(TWO, 'a', 'other', HOUR)
    await store.deleteAll(ONE, [])
    expect(kv.names()).toEqual([`${TWO}/a`])
    expect(kv.calls).toMatchObject({ list: 5, delete: 30 })
    expect(kv.mostDeletes()).toBe(5)
  })

  it('deletes the keys that its caller knows although the list lags behind', async () => {
    const { kv, store } = createKv({ listLagMs: 60_000 })
    await store.put(ONE, 'a', 'value', HOUR)
    await store.put(ONE, 'b', 'value', HOUR)
    await store.deleteAll(ONE, ['a', 'b', 'a'])
    expect(kv.names()).toEqual([])
    expect(kv.calls.delete).toBe(2)
  })

  it('deletes the known keys when listing fails, and rejects', async () => {
    const { kv, store } = createKv()
    await store.put(ONE, 'a', 'value', HOUR)
    kv.refuse('list', Number.POSITIVE_INFINITY)
    await expect(store.deleteAll(ONE, ['a'])).rejects.toThrow('KV LIST failed: 429')
    expect(kv.names()).toEqual([])
  })

  it('deletes the others when deletions throw at once, and rejects', async () => {
    const { kv } = createKv()
    let tries = 0
    const store = createKvStore({
      ...kv,
      delete(name) {
        tries += 1
        if (tries <= 5) throw new Error('closed')
        return kv.delete(name)
      },
    })
    for (const key of 'abcdefgh') await store.put(ONE, key, 'value', HOUR)
    await expect(store.deleteAll(ONE, [])).rejects.toThrow('closed')
    expect(kv.names()).toHaveLength(5)
  })

  it('deletes the others when one deletion fails, and rejects', async () => {
    const { kv, store } = createKv()
    for (const key of ['a', 'b', 'c']) await store.put(ONE, key, 'value', HOUR)
    kv.refuse('delete', 1)
    await expect(store.deleteAll(ONE, [])).rejects.toThrow('KV DELETE failed: 429')
    expect(kv.names()).toHaveLength(1)
  })

  it.each(['get', 'put', 'check'] as const)('rejects when KV refuses a %s', async (kind) => {
    const { kv, store } = createKv()
    kv.refuse(kind === 'check' ? 'get' : kind, 1)
    const call = {
      get: () => store.get(ONE, 'a'),
      put: () => store.put(ONE, 'a', 'value', HOUR),
      check: () => store.check(),
    }[kind]
    await expect(call()).rejects.toThrow('429')
  })

  it('gets through one refusal of a write with its limits', async () => {
    const { kv, store } = createKv()
    kv.refuse('put', 1)
    await limited(store, { retryDelayMs: () => 0 }).put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
  })
})

describe('a KV conversation that grows', () => {
  const MIB = 1024 * 1024
  const value = 'x'.repeat(MIB / 4)

  it('is full at its greatest size, whoever wrote it, and lists seldom', async () => {
    const kv = createKvFake({ pageSize: 9 })
    const put = async (i: number, store: Store) => store.put(ONE, `key-${i}`, value, HOUR)
    const one = createKvStore(kv)
    for (let i = 0; i < 40; i++) await put(i, one)
    expect(kv.calls.list).toBeLessThan(50)
    const two = createKvStore(kv)
    const full = async () => {
      for (let i = 40; i < 100; i++) await put(i, two)
    }
    await expect(full()).rejects.toThrow(ConversationFullError)
    const kept = kv.names().length
    expect(kept).toBeGreaterThanOrEqual(64)
    expect(kept).toBeLessThanOrEqual(68)
    const lists = kv.calls.list
    for (let i = 100; i < 130; i++) await expect(put(i, two)).rejects.toThrow('of a conversation')
    expect([kv.names().length, kv.calls.list - lists]).toEqual([kept, 0])
    await two.put(TWO, 'a', value, HOUR)
  })

  it('is not full because the same was written again and again', async () => {
    const kv = createKvFake()
    const store = createKvStore(kv)
    for (let i = 0; i < 200; i++) {
      await store.put(ONE, `key-${i % 2}`, value, HOUR)
      kv.advanceTime(1000)
    }
    expect(kv.names()).toHaveLength(2)
  })

  it('counts values whose size was never noted', async () => {
    const kv = createKvFake({ pageSize: 1000 })
    for (let i = 0; i < 5000; i++) await kv.put(`${ONE}/old-${i}`, 'value', { expirationTtl: HOUR })
    const store = createKvStore(kv)
    const fill = async () => {
      for (let i = 0; i < 8; i++) await store.put(ONE, `key-${i}`, value, HOUR)
    }
    await expect(fill()).rejects.toThrow(ConversationFullError)
  })

  it('goes on growing when KV lists nothing', async () => {
    const kv = createKvFake()
    kv.refuse('list', Number.POSITIVE_INFINITY)
    const store = createKvStore(kv)
    for (let i = 0; i < 20; i++) await store.put(ONE, `key-${i}`, value, HOUR)
    expect(kv.names()).toHaveLength(20)
  })
})

describe('isKv', () => {
  it('knows a namespace by its methods', () => {
    expect(isKv(createKvFake())).toBe(true)
  })

  it.each([
    undefined,
    null,
    '',
    'HISTORY',
    42,
    {},
    () => {},
    { get() {}, put() {} },
    { get: 1, put: 1, delete: 1 },
    { get() {}, put() {}, delete() {}, list() {}, head() {} },
  ])('refuses %o', (value) => {
    expect(isKv(value)).toBe(false)
  })
})

describe('limited', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** What became of a promise after so many milliseconds: its value, its error, or that it is still under way. */
  async function outcomeAfter(ms: number, promise: Promise<unknown>): Promise<unknown> {
    let outcome: unknown = 'under way'
    promise.then(
      (value) => {
        outcome = value
      },
      (error: unknown) => {
        outcome = error
      },
    )
    await vi.advanceTimersByTimeAsync(ms)
    return outcome
  }

  function createSubject(delayMs = 0) {
    const faulty = createFaultyStore(createMemory().store)
    faulty.delayMs = delayMs
    return { faulty, store: limited(faulty) }
  }

  it.each([
    ['get', 800, 'Cannot read from the store: no answer within 800 ms'],
    ['put', 5000, 'Cannot write to the store: no answer within 5000 ms'],
    ['check', 800, 'Cannot check the store: no answer within 800 ms'],
    ['deleteAll', 5000, 'Cannot delete from the store: no answer within 5000 ms'],
  ] as const)('ends a %s after %i ms', async (kind, limitMs, message) => {
    const { faulty, store } = createSubject(60_000)
    // What was given up fails in the end, which must not become an unhandled rejection: that would fail the run.
    faulty.rejections[kind] = Number.POSITIVE_INFINITY
    const call = {
      get: () => store.get(ONE, 'a'),
      put: () => store.put(ONE, 'a', 'value', HOUR),
      check: () => store.check(),
      deleteAll: () => store.deleteAll(ONE, []),
    }[kind]()
    expect(await outcomeAfter(limitMs - 1, call)).toBe('under way')
    const error = await outcomeAfter(1, call)
    expect(error).toHaveProperty('message', message)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(faulty.calls[kind]).toBe(1)
  })

  it('leaves a call alone that takes a little less', async () => {
    const { faulty, store } = createSubject()
    await store.put(ONE, 'a', 'value', HOUR)
    faulty.delayMs = 799
    expect(await outcomeAfter(799, store.get(ONE, 'a'))).toBe('value')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits for a write that takes longer than a read may', async () => {
    const { store } = createSubject(4000)
    expect(await outcomeAfter(4000, store.put(ONE, 'a', 'value', HOUR))).toBeUndefined()
  })

  it('does not try again to write to a conversation that is full', async () => {
    const { store: memory } = createMemory(10)
    const faulty = createFaultyStore(memory)
    const put = limited(faulty).put(ONE, 'a', 'x'.repeat(20), HOUR)
    expect(await outcomeAfter(0, put)).toBeInstanceOf(ConversationFullError)
    expect(faulty.calls.put).toBe(1)
  })

  it('tries a failed write once more, after 100 to 300 ms', async () => {
    const { faulty, store } = createSubject()
    faulty.rejections.put = 1
    const put = store.put(ONE, 'a', 'value', HOUR)
    expect(await outcomeAfter(99, put)).toBe('under way')
    expect(faulty.calls.put).toBe(1)
    expect(await outcomeAfter(201, put)).toBeUndefined()
    expect(await store.get(ONE, 'a')).toBe('value')
  })

  it('gives up a write that fails twice', async () => {
    const { faulty, store } = createSubject()
    faulty.rejections.put = Number.POSITIVE_INFINITY
    const put = store.put(ONE, 'a', 'value', HOUR)
    expect(await outcomeAfter(300, put)).toHaveProperty('message', 'The store fails: put')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(faulty.calls.put).toBe(2)
  })

  it('does not begin a second try for which there is no time', async () => {
    const { faulty, store } = createSubject(4950)
    faulty.rejections.put = 1
    const put = store.put(ONE, 'a', 'value', HOUR)
    expect(await outcomeAfter(4950, put)).toHaveProperty('message', 'The store fails: put')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(faulty.calls.put).toBe(1)
  })

  it.each(['get', 'check', 'deleteAll'] as const)('tries a failed %s once only', async (kind) => {
    const { faulty, store } = createSubject()
    faulty.rejections[kind] = 1
    const call = {
      get: () => store.get(ONE, 'a'),
      check: () => store.check(),
      deleteAll: () => store.deleteAll(ONE, []),
    }[kind]()
    expect(await outcomeAfter(0, call)).toHaveProperty('message', `The store fails: ${kind}`)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('cached', () => {
  function createSubject(maxChars = MANY) {
    const { store: memory, now, advance } = createMemory()
    const faulty = createFaultyStore(memory)
    return { faulty, store: cached(faulty, { maxChars, now }), behind: memory, advance }
  }

  it('reads what it wrote without asking the store', async () => {
    const { faulty, store } = createSubject()
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
    expect(faulty.calls).toMatchObject({ put: 1, get: 0 })
  })

  it('asks the store once for what another process wrote', async () => {
    const { faulty, store, behind } = createSubject()
    await behind.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
    expect(await store.get(ONE, 'a')).toBe('value')
    expect(faulty.calls.get).toBe(1)
  })

  it('does not keep a null', async () => {
    const { faulty, store, behind } = createSubject()
    await behind.put(ONE, 'a', 'value', HOUR)
    faulty.hiddenReads = 1
    expect(await store.get(ONE, 'a')).toBeNull()
    expect(await store.get(ONE, 'a')).toBe('value')
  })

  it('does not keep what the store failed to write', async () => {
    const { faulty, store } = createSubject()
    faulty.rejections.put = 1
    await expect(store.put(ONE, 'a', 'value', HOUR)).rejects.toThrow('The store fails: put')
    expect(await store.get(ONE, 'a')).toBeNull()
  })

  it('asks again after ten minutes, for another process may have deleted the conversation', async () => {
    const { store, behind, advance } = createSubject()
    await store.put(ONE, 'a', 'value', HOUR)
    await behind.deleteAll(ONE, [])
    advance(599)
    expect(await store.get(ONE, 'a')).toBe('value')
    advance(2)
    expect(await store.get(ONE, 'a')).toBeNull()
  })

  it('forgets what is deleted, even if the store fails to delete it', async () => {
    const { faulty, store } = createSubject()
    await store.put(ONE, 'a', 'value', HOUR)
    faulty.rejections.deleteAll = 1
    await expect(store.deleteAll(ONE, [])).rejects.toThrow('The store fails: deleteAll')
    await store.get(ONE, 'a')
    expect(faulty.calls.get).toBe(1)
  })

  it.each(['read', 'write'] as const)(
    'does not bring back what was deleted during a %s',
    async (kind) => {
      const { store: memory, now } = createMemory()
      const answer = createGate()
      const asked = createGate()
      const late = async <T>(result: Promise<T>): Promise<T> => {
        await result
        asked.open()
        await answer.opened
        return result
      }
      const behind: Store = {
        ...memory,
        get: (...args) => late(memory.get(...args)),
        put: (...args) => late(memory.put(...args)),
      }
      if (kind === 'read') await memory.put(ONE, 'a', 'value', HOUR)
      const store = cached(behind, { maxChars: MANY, now })
      const call = kind === 'read' ? store.get(ONE, 'a') : store.put(ONE, 'a', 'value', HOUR)
      await asked.opened
      await store.deleteAll(ONE, [])
      answer.open()
      await call
      expect(await store.get(ONE, 'a')).toBeNull()
    },
  )

  it('has what it wrote although KV does not show it yet', async () => {
    const { kv, store: behind } = createKv({ visibleAfterMs: 60_000 })
    const store = cached(behind, { maxChars: MANY, now: kv.now })
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
    expect(kv.calls.get).toBe(0)
  })

  it('stays within its bytes, and reads the rest from the store', async () => {
    const { faulty, store } = createSubject(250)
    for (const conversation of [ONE, TWO, '3'.repeat(32)])
      await store.put(conversation, 'a', 'x'.repeat(99), HOUR)
    expect(await store.get(TWO, 'a')).toBe('x'.repeat(99))
    expect(faulty.calls.get).toBe(0)
    expect(await store.get(ONE, 'a')).toBe('x'.repeat(99))
    expect(faulty.calls.get).toBe(1)
  })

  it('keeps no value that is larger than all its bytes', async () => {
    const { faulty, store } = createSubject(250)
    await store.put(ONE, 'a', 'x'.repeat(300), HOUR)
    expect(await store.get(ONE, 'a')).toBe('x'.repeat(300))
    expect(faulty.calls.get).toBe(1)
  })

  it('writes to KV once what it knows to be there', async () => {
    const { kv, store: behind } = createKv()
    const store = cached(behind, { maxChars: MANY, now: kv.now })
    for (let i = 0; i < 3; i++) await store.put(ONE, 'a', 'value', HOUR)
    await store.put(ONE, 'b', 'value', HOUR)
    expect(kv.calls.put).toBe(2)
  })

  it('passes a check on', async () => {
    const { faulty, store } = createSubject()
    faulty.rejections.check = 1
    await expect(store.check()).rejects.toThrow('The store fails: check')
  })
})

describe('createFaultyStore', () => {
  const VALUE = '1.AFsxXQ.OjYhyO1aRcc1VERl'

  it.each([
    ['none', VALUE],
    ['truncated', '1.AFsxXQ.OjY'],
    ['flipped', '1.AFsxXQ.OjYiyO1aRcc1VERl'],
    ['swapped', 'another value'],
  ] as const)('gives a value with this damage: %s', async (damage, expected) => {
    const store = createFaultyStore(createMemory().store)
    await store.put(ONE, 'a', VALUE, HOUR)
    await store.put(ONE, 'b', 'another value', HOUR)
    store.damage = damage
    expect(await store.get(ONE, 'a')).toBe(expected)
    expect(await store.get(ONE, 'c')).toBeNull()
  })
})
