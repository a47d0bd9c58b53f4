/** A store with the layers that the archive wants, without those that guard an engine. */

import type { Log } from '../../src/log.ts'
import { cached } from '../../src/store/layers/cached.ts'
import { type Sealer, sealed } from '../../src/store/layers/sealed.ts'
import type { ObservableStore, Store } from '../../src/store/store.ts'

export interface LayeredOptions {
  readonly sealer: Sealer
  readonly log?: Log
  /** None by default, so that what a store does shows at once. */
  readonly cacheChars?: number
}

export function layered(
  store: Store,
  { sealer, log = () => {}, cacheChars = 0 }: LayeredOptions,
): ObservableStore {
  return cached(sealed(store, sealer, log), { maxChars: cacheChars })
}
