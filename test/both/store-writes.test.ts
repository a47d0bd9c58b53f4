/** A check that tells of writes that fail. */

import { describe, expect, it } from 'vitest'
import { createKvStore } from '../../src/store/kv.ts'
import { watched } from '../../src/store/layers/watched.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Store, WritesFailError } from '../../src/store/store.ts'
import { describeStore } from '../contract/store.contract.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { createKvFake } from '../support/kv-fake.ts'

const ONE = '1'.repeat(32)
const HOUR = 3600

function createSubject(behind?: Store) {
  let time = Date.UTC(2026, 10, 23)
  const now = () => time
  const faulty = createFaultyStore(behind ?? createMemoryStore({ now, maxChars: 1e8 }))
  const advance = (seconds: number) => {
    time += seconds * 1000
  }
  return { faulty, store: watched(faulty, { now, limitMs: 50 }), advance }
}

describeStore('memory behind a write check', 'given', () => createSubject())

describe('watched', () => {
  it('says the kind of the engine', () => {
    expect(createSubject().store.kind).toBe('memory')
    expect(createSubject(createKvStore(createKvFake())).store.kind).toBe('kv')
  })

  it('tells of a write that failed until one succeeds', async () => {
    const { faulty, store, advance } = createSubject()
    await store.check()
    faulty.rejections.put = 1
    await expect(store.put(ONE, 'a', 'value', HOUR)).rejects.toThrow('The store fails: put')
    await expect(store.check()).rejects.toThrow(WritesFailError)
    advance(1)
    await expect(store.check()).rejects.toThrow(WritesFailError)
    await store.put(ONE, 'a', 'value', HOUR)
    await store.check()
  })

  it('tries a write itself, seldom, while nobody else does', async () => {
    const { faulty, store, advance } = createSubject()
    faulty.rejections.put = Number.POSITIVE_INFINITY
    for (let i = 0; i < 5; i++) await expect(store.check()).rejects.toThrow(WritesFailError)
    expect(faulty.calls.put).toBe(1)
    advance(2)
    await expect(store.check()).rejects.toThrow(WritesFailError)
    expect(faulty.calls.put).toBe(2)
    faulty.rejections.put = 0
    advance(2)
    for (let i = 0; i < 5; i++) await store.check()
    expect(faulty.calls.put).toBe(3)
    advance(60)
    await store.check()
    expect(faulty.calls.put).toBe(4)
  })

  it('does not wait long for its own write', async () => {
    const { faulty, store } = createSubject()
    const slow: Store = { ...faulty, put: () => new Promise(() => {}) }
    await expect(watched(slow, { limitMs: 5 }).check()).rejects.toThrow(WritesFailError)
    await store.check()
  })

  it('writes nothing to KV before a write has failed there', async () => {
    const kv = createKvFake()
    const { store, advance } = createSubject(createKvStore(kv))
    await store.check()
    advance(1e6)
    await store.check()
    expect(kv.calls.put).toBe(0)
    kv.refuse('put', 1)
    await expect(store.put(ONE, 'a', 'value', HOUR)).rejects.toThrow('429')
    advance(2)
    await store.check()
    expect(kv.calls.put).toBe(2)
  })

  it('passes on that the engine does not answer', async () => {
    const { faulty, store } = createSubject()
    faulty.rejections.check = 1
    await expect(store.check()).rejects.toThrow('The store fails: check')
  })
})
