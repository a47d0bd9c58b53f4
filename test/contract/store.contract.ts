/** What every store promises (src/store/store.ts), whatever the engine. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConversationFullError, type Store } from '../../src/store/store.ts'

export interface StoreSubject {
  readonly store: Store
  /** Lets time pass for the engine. */
  readonly advance?: (seconds: number) => void
  readonly close?: () => void | Promise<void>
}

const ONE = '1'.repeat(32)
const TWO = '2'.repeat(32)
const HOUR = 3600

/**
 * Registers the tests of an engine.
 *
 * @param clock whose: where it is the engine's own, which no test can advance, the engine's own tests look after expiry
 * @param create a store without contents, for each test
 */
export function describeStore(
  name: string,
  clock: 'given' | 'its own',
  create: () => StoreSubject | Promise<StoreSubject>,
): void {
  describe(`store: ${name}`, () => {
    let subject: StoreSubject
    let store: Store
    beforeEach(async () => {
      subject = await create()
      store = subject.store
    })
    afterEach(() => subject.close?.())

    it('knows nothing that was not written', async () => {
      expect(await store.get(ONE, 'never')).toBeNull()
    })

    it.each([
      ['a short value', 'v'],
      ['an empty value', ''],
      ['a token', '1.AFsxXQ.OjYhyO1aRcc1VERlUrR_l6ITEbbjLXfJXqgBh_u_Ca0'],
      ['200 KB', 'long '.repeat(40_000)],
    ])('gives back %s', async (_name, value) => {
      await store.put(ONE, 'a-Key_0', value, HOUR)
      expect(await store.get(ONE, 'a-Key_0')).toBe(value)
    })

    it('takes keys of 32 characters', async () => {
      await store.put(ONE, 'k'.repeat(32), 'value', HOUR)
      expect(await store.get(ONE, 'k'.repeat(32))).toBe('value')
    })

    it('keeps keys apart, and the same key of two conversations', async () => {
      await store.put(ONE, 'a', 'one a', HOUR)
      await store.put(ONE, 'A', 'one A', HOUR)
      await store.put(ONE, 'ab', 'one ab', HOUR)
      await store.put(TWO, 'a', 'two a', HOUR)
      expect(await store.get(ONE, 'a')).toBe('one a')
      expect(await store.get(ONE, 'A')).toBe('one A')
      expect(await store.get(ONE, 'ab')).toBe('one ab')
      expect(await store.get(TWO, 'a')).toBe('two a')
      expect(await store.get(TWO, 'ab')).toBeNull()
    })

    it('keeps all of many values written at once', async () => {
      const keys = Array.from({ length: 25 }, (_, i) => `key-${i}`)
      await Promise.all(keys.map((key) => store.put(ONE, key, `value of ${key}`, HOUR)))
      const values = await Promise.all(keys.map((key) => store.get(ONE, key)))
      expect(values).toEqual(keys.map((key) => `value of ${key}`))
    })

    it('deletes a conversation and no other, whether the caller knows the keys or not', async () => {
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        await store.put(ONE, key, 'secret', HOUR)
        await store.put(TWO, key, 'other', HOUR)
      }
      await store.deleteAll(ONE, ['a', 'b', 'was-never-written'])
      for (const key of ['a', 'b', 'c', 'h']) {
        expect(await store.get(ONE, key)).toBeNull()
        expect(await store.get(TWO, key)).toBe('other')
      }
    })

    it('keeps a conversation below its greatest size, and counts what is written again once', async () => {
      const value = 'x'.repeat(1024 * 1024)
      for (let round = 0; round < 5; round++) {
        for (let i = 0; i < 4; i++) await store.put(ONE, `key-${i}`, value, HOUR)
        // KV takes a key once in a second.
        subject.advance?.(1)
      }
      const fill = async () => {
        for (let i = 4; i < 20; i++) await store.put(ONE, `key-${i}`, value, HOUR)
      }
      await expect(fill()).rejects.toThrow(ConversationFullError)
      // What it has stays, and other conversations have their own room.
      expect(await store.get(ONE, 'key-3')).toBe(value)
      expect(await store.get(ONE, 'key-14')).toBe(value)
      expect(await store.get(ONE, 'key-17')).toBeNull()
      await store.put(TWO, 'a', value, HOUR)
    })

    it('deletes what is not there', async () => {
      await store.deleteAll(ONE, ['a'])
      await store.deleteAll(ONE, [])
      expect(await store.get(ONE, 'a')).toBeNull()
    })

    it('takes new values after a deletion', async () => {
      await store.put(ONE, 'a', 'old', HOUR)
      await store.deleteAll(ONE, ['a'])
      await store.put(ONE, 'b', 'new', HOUR)
      expect(await store.get(ONE, 'b')).toBe('new')
    })

    it('answers a check', async () => {
      await expect(store.check()).resolves.toBeUndefined()
    })

    if (clock === 'given') {
      it.runIf(clock === 'given')(
        'lets a value go when its time is over, and not before',
        async () => {
          await store.put(ONE, 'short', 'short', 100)
          await store.put(ONE, 'long', 'long', 200)
          subject.advance?.(99)
          expect(await store.get(ONE, 'short')).toBe('short')
          subject.advance?.(2)
          expect(await store.get(ONE, 'short')).toBeNull()
          expect(await store.get(ONE, 'long')).toBe('long')
          subject.advance?.(100)
          expect(await store.get(ONE, 'long')).toBeNull()
        },
      )
    }

    it('keeps a value with a very short life, or with a fraction of a second, at all', async () => {
      await store.put(ONE, 'a', 'value', 1.5)
      expect(await store.get(ONE, 'a')).toBe('value')
    })
  })
}
