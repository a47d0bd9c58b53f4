/** Workers KV as it really behaves, for tests: its refusals, its lag, and the misses that it remembers. */

import type { KvLike, KvPage } from '../../src/store/kv.ts'

export interface KvFakeOptions {
  /** How long after a write a read still finds nothing. */
  readonly visibleAfterMs?: number
  /** How long after a write or a deletion a list still shows the old state. */
  readonly listLagMs?: number
  /** Names on a page of a list; KV itself puts 1,000 on one. */
  readonly pageSize?: number
}

export interface KvFake extends KvLike {
  readonly now: () => number
  advanceTime(ms: number): void
  /** Makes the next calls of a kind reject; `Infinity` for all of them. */
  refuse(kind: KvCall, times: number): void
  readonly calls: Readonly<Record<KvCall, number>>
  /** The most deletions that were under way at once. */
  mostDeletes(): number
  /** What is kept now, whoever can see it already. */
  names(): readonly string[]
}

export type KvCall = 'get' | 'put' | 'delete' | 'list'

interface Written {
  readonly value: string
  readonly metadata: unknown
  readonly at: number
  readonly expires: number
}

const MISS_MS = 60_000
const MAX_NAME_BYTES = 512

export function createKvFake(options: KvFakeOptions = {}): KvFake {
  const { visibleAfterMs = 0, listLagMs = 0, pageSize = 1000 } = options
  const kept = new Map<string, Written>()
  const deleted = new Map<string, number>()
  const misses = new Map<string, number>()
  const calls = { get: 0, put: 0, delete: 0, list: 0 }
  const refusals = { get: 0, put: 0, delete: 0, list: 0 }
  let time = Date.UTC(2026, 10, 23)
  let deleting = 0
  let mostDeletes = 0

  function admit(kind: KvCall, name: string): void {
    calls[kind]++
    if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
      throw new Error(`KV ${kind.toUpperCase()} failed: 414 UTF-8 encoded length exceeds 512`)
    if (refusals[kind] > 0) {
      refusals[kind]--
      throw new Error(`KV ${kind.toUpperCase()} failed: 429 Too Many Requests`)
    }
  }

  const lives = ({ expires }: Written): boolean => expires > time

  return {
    now: () => time,
    advanceTime(ms) {
      time += ms
    },
    refuse(kind, times) {
      refusals[kind] = times
    },
    calls,
    mostDeletes: () => mostDeletes,
    names: () => [...kept].filter(([, written]) => lives(written)).map(([name]) => name),

    async get(name) {
      admit('get', name)
      const missedAt = misses.get(name)
      if (missedAt !== undefined && time < missedAt + MISS_MS) return null
      const written = kept.get(name)
      if (written && lives(written) && time >= written.at + visibleAfterMs) return written.value
      misses.set(name, time)
      return null
    },

    async put(name, value, { expirationTtl, metadata }) {
      admit('put', name)
      if (!Number.isInteger(expirationTtl) || expirationTtl < 60)
        throw new Error(`KV PUT failed: 400 Invalid expiration_ttl of ${expirationTtl}`)
      const before = kept.get(name)
      if (before && time < before.at + 1000) throw new Error('KV PUT failed: 429 Too Many Requests')
      kept.set(name, { value, metadata, at: time, expires: time + expirationTtl * 1000 })
      deleted.delete(name)
    },

    async delete(name) {
      admit('delete', name)
      deleting++
      mostDeletes = Math.max(mostDeletes, deleting)
      await Promise.resolve()
      if (kept.delete(name)) deleted.set(name, time)
      deleting--
    },

    async list({ prefix, cursor }): Promise<KvPage> {
      admit('list', prefix)
      const seen = [...kept].filter(
        ([, written]) => lives(written) && time >= written.at + listLagMs,
      )
      const gone = [...deleted].filter(([, at]) => time < at + listLagMs)
      const names = [...seen, ...gone]
        .map(([name]) => name)
        .filter((name) => name.startsWith(prefix))
      const start = Number(cursor ?? 0)
      const keys = names
        .sort()
        .slice(start, start + pageSize)
        .map((name) => ({ name, metadata: kept.get(name)?.metadata }))
      const end = start + pageSize
      if (end >= names.length) return { keys, list_complete: true }
      return { keys, list_complete: false, cursor: String(end) }
    },
  }
}
