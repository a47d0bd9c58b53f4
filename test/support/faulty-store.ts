/** A store with the troubles that real ones have, switched on and off by a test. */

import type { Store } from '../../src/store/store.ts'

export type StoreCall = Exclude<keyof Store, 'kind'>

export interface FaultyStore extends Store {
  /** Milliseconds that every call waits first. */
  delayMs: number
  /** Calls that reject, by kind, counted down; `Infinity` for all of them. */
  readonly rejections: Record<StoreCall, number>
  /** Reads that find nothing although there is something, counted down. */
  hiddenReads: number
  /** What is wrong with every value that is read. */
  damage: 'none' | 'truncated' | 'flipped' | 'swapped'
  /** Calls so far, by kind. */
  readonly calls: Record<StoreCall, number>
}

/**
 * Puts faults before a store; none is switched on. A rejected write has written nothing. `flipped` changes one bit in the middle of
 * a value; `swapped` gives the value of another key, the one last written through this store, or none when there is no other.
 */
export function createFaultyStore(store: Store): FaultyStore {
  const written: { conversation: string; key: string; value: string }[] = []

  async function suffer(kind: StoreCall): Promise<void> {
    faulty.calls[kind]++
    if (faulty.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, faulty.delayMs))
    if (faulty.rejections[kind] <= 0) return
    faulty.rejections[kind]--
    throw new Error(`The store fails: ${kind}`)
  }

  const faulty: FaultyStore = {
    kind: store.kind,
    delayMs: 0,
    rejections: { get: 0, put: 0, deleteAll: 0, check: 0 },
    hiddenReads: 0,
    damage: 'none',
    calls: { get: 0, put: 0, deleteAll: 0, check: 0 },

    async get(conversation, key) {
      await suffer('get')
      if (faulty.hiddenReads > 0) {
        faulty.hiddenReads--
        return null
      }
      const value = await store.get(conversation, key)
      if (value === null || faulty.damage === 'none') return value
      if (faulty.damage === 'truncated') return value.slice(0, value.length / 2)
      if (faulty.damage === 'flipped') return flip(value)
      const others = written.filter(
        (other) => other.conversation !== conversation || other.key !== key,
      )
      return others.at(-1)?.value ?? null
    },

    async put(conversation, key, value, ttlSeconds) {
      await suffer('put')
      await store.put(conversation, key, value, ttlSeconds)
      written.push({ conversation, key, value })
    },

    async deleteAll(conversation, keys) {
      await suffer('deleteAll')
      await store.deleteAll(conversation, keys)
    },

    async check() {
      await suffer('check')
      await store.check()
    },
  }
  return faulty
}

function flip(value: string): string {
  const middle = Math.floor(value.length / 2)
  const flipped = String.fromCharCode(value.charCodeAt(middle) ^ 1)
  return value.slice(0, middle) + flipped + value.slice(middle + 1)
}
