/**
 * Makes a check tell of writes that fail. Some engines still answer reads then: a full disk, a
 * Redis without memory or without a master, a KV namespace over its limit. Knows no engine.
 *
 *     write fails ─> failing ─ check, every 2 s: probe ─> fails: failing
 *                       └── write or probe succeeds ──> well ─ check, 60 s after the last write: probe
 */

import { within } from '../../bounds/within.ts'
import { ConversationFullError, type Store, WritesFailError } from '../store.ts'

export interface WatchOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /**
   * While the last write failed, a check tries a write at most this often, in milliseconds. 2,000.
   */
  readonly retryMs: number
  /**
   * While the last write succeeded, a check tries a write when the last one is older than this, in
   * milliseconds. 60,000; never on Workers KV, where a write costs money.
   */
  readonly idleMs: number
  /** Longest time that a check waits for its own write, in milliseconds. The write goes on. 800. */
  readonly limitMs: number
}

/** Belongs to no conversation, and nobody reads it: KV remembers misses. */
const PROBE_CONVERSATION = '0'.repeat(32)
const PROBE_KEY = 'check'
/** More than an almost full file can take by chance. */
const PROBE_VALUE = '0'.repeat(8 * 1024)
const PROBE_TTL_SECONDS = 60

/**
 * Puts the check before a store. It belongs above `limited`: a write that ends there has failed.
 */
export function watched(store: Store, options: Partial<WatchOptions> = {}): Store {
  const {
    now = Date.now,
    retryMs = 2_000,
    idleMs = store.kind === 'kv' ? Number.POSITIVE_INFINITY : 60_000,
    limitMs = 800,
  } = options
  let state: 'unknown' | 'well' | 'failing' = 'unknown'
  let lastWriteMs = Number.NEGATIVE_INFINITY

  async function put(...args: Parameters<Store['put']>): Promise<void> {
    try {
      await store.put(...args)
      state = 'well'
    } catch (error) {
      // A conversation that is full does not mean that the store fails.
      if (!(error instanceof ConversationFullError)) state = 'failing'
      throw error
    } finally {
      lastWriteMs = now()
    }
  }

  function isProbeDue(): boolean {
    const waitMs = state === 'failing' ? retryMs : idleMs
    return waitMs !== Number.POSITIVE_INFINITY && now() - lastWriteMs >= waitMs
  }

  async function probe(): Promise<void> {
    // Set before the write, so that of two checks at once only one writes.
    lastWriteMs = now()
    const written = put(PROBE_CONVERSATION, PROBE_KEY, PROBE_VALUE, PROBE_TTL_SECONDS)
    await within(limitMs, written, () => {
      throw new Error(`no answer within ${limitMs} ms`)
    })
  }

  return {
    kind: store.kind,
    get: (...args) => store.get(...args),
    put,
    deleteAll: (...args) => store.deleteAll(...args),

    async check() {
      await store.check()
      if (isProbeDue()) {
        await probe().catch((cause: unknown) => {
          throw new WritesFailError('Cannot write to the store', { cause })
        })
      } else if (state === 'failing') {
        throw new WritesFailError('Cannot write to the store: the last write failed')
      }
    },
  }
}
