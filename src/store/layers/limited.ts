/**
 * Bounds the time that a slow or missing store costs a visitor: the chat goes on without it. Knows
 * no engine.
 */

import { within } from '../../bounds/within.ts'
import { ConversationFullError, type Store } from '../store.ts'

export interface StoreLimits {
  /**
   * Longest time for a read or a check, in milliseconds. 800: what cannot be read now can be read
   * later.
   */
  readonly limitMs: number
  /**
   * Longest time for a write with its second try, in milliseconds. 5,000: what cannot be written is
   * forgotten for good.
   */
  readonly writeLimitMs: number
  /**
   * Longest time for deleting a conversation, in milliseconds. 5,000: the visitor wants it gone and
   * can wait.
   */
  readonly deleteLimitMs: number
  /** How long a failed write waits before its second try. */
  readonly retryDelayMs: () => number
}

const DEFAULTS: StoreLimits = {
  limitMs: 800,
  writeLimitMs: 5000,
  deleteLimitMs: 5000,
  retryDelayMs: () => 100 + Math.random() * 200,
}

/**
 * Limits how long each call of a store may take. After that the call rejects, but what was asked of
 * the store may still happen. A write that failed is tried once more, if there is time. A write
 * that is still under way is not, since an engine may refuse a second write of a key so soon.
 */
export function limited(store: Store, limits: Partial<StoreLimits> = {}): Store {
  const { limitMs, writeLimitMs, deleteLimitMs, retryDelayMs } = { ...DEFAULTS, ...limits }

  async function putTwice(...args: Parameters<Store['put']>): Promise<void> {
    const started = Date.now()
    try {
      await store.put(...args)
    } catch (error) {
      const delayMs = retryDelayMs()
      if (error instanceof ConversationFullError) throw error
      if (Date.now() - started + delayMs >= writeLimitMs) throw error
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      await store.put(...args)
    }
  }

  return {
    kind: store.kind,
    get: (...args) => inTime(limitMs, 'read from', () => store.get(...args)),
    put: (...args) => inTime(writeLimitMs, 'write to', () => putTwice(...args)),
    deleteAll: (...args) => inTime(deleteLimitMs, 'delete from', () => store.deleteAll(...args)),
    check: () => inTime(limitMs, 'check', () => store.check()),
  }
}

async function inTime<T>(limitMs: number, action: string, call: () => Promise<T>): Promise<T> {
  return within(limitMs, call(), () => {
    throw new Error(`Cannot ${action} the store: no answer within ${limitMs} ms`)
  })
}
