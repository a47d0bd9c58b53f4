/** Reports each call of a store, so that a request can count how many it needed. */

import type { Store } from '../store.ts'

/**
 * Puts an observer before a store.
 *
 * @param onOperation called when a `get`, `put` or `deleteAll` begins, whatever becomes of it
 */
export function observed(store: Store, onOperation: () => void): Store {
  return {
    kind: store.kind,
    get(...args) {
      onOperation()
      return store.get(...args)
    },
    put(...args) {
      onOperation()
      return store.put(...args)
    },
    deleteAll(...args) {
      onOperation()
      return store.deleteAll(...args)
    },
    check: () => store.check(),
  }
}
