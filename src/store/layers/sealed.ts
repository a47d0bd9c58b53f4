/**
 * Signs values on the way in and checks them on the way out. So the engine below cannot make a
 * value up, change it, or give it for another key. A value that does not open counts as missing: it
 * was damaged on its way, and may be whole the next time.
 */

import type { Log } from '../../log.ts'
import type { Store } from '../store.ts'

/** What signs and checks. The purpose and the name are covered by the signature. */
export interface Sealer {
  seal(purpose: string, name: string, value: string): Promise<string>
  /** Gives the value back; null for what this sealer has not sealed for this purpose and name. */
  open(purpose: string, name: string, sealed: string): Promise<string | null>
}

const PURPOSE = 'segment'

/** Puts the signing before a store. Values given to it, and got from it, are plain text. */
export function sealed(store: Store, sealer: Sealer, log: Log): Store {
  const nameOf = (conversation: string, key: string): string => `${conversation}/${key}`
  return {
    kind: store.kind,
    async get(conversation, key) {
      const token = await store.get(conversation, key)
      if (token === null) return null
      const value = await sealer.open(PURPOSE, nameOf(conversation, key), token)
      if (value === null) log('warn', 'segment_damaged', { chars: token.length })
      return value
    },
    async put(conversation, key, value, ttlSeconds) {
      const token = await sealer.seal(PURPOSE, nameOf(conversation, key), value)
      await store.put(conversation, key, token, ttlSeconds)
    },
    deleteAll: (conversation, keys) => store.deleteAll(conversation, keys),
    check: () => store.check(),
  }
}
