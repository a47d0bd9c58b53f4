/**
 * Settings to the parts that the app works with: what both entries build alike. Reads no
 * environment and knows no runtime. An entry opens the engine of its store; the layers before it
 * are the same:
 *
 *     archive    writes and reads segments
 *        │  plain text
 *     cached     answers from memory what was lately written or read
 *     (observed) counts, for one request, what gets through the cache
 *     sealed     signs on the way in, checks on the way out
 *        │  signed text
 *     watched    a check tells of writes that fail
 *     limited    each call has its time, a write its second try
 *        │
 *     engine     Workers KV, SQLite, Redis or memory
 *
 * The cache is above the signing, so that what was damaged on its way is asked for again, and what
 * was whole is not checked twice. Shared copies are read below it: whoever ended one has ended it
 * in every process.
 */

import type { Service } from './app.ts'
import { createArchive } from './conversation/archive/archive.ts'
import { createShares } from './conversation/copy.ts'
import { createReceipts } from './conversation/receipt.ts'
import type { Log } from './log.ts'
import { createHuggingFaceModel } from './model/client/client.ts'
import { createDemoModel } from './model/demo.ts'
import { createSessionParts } from './session/sessions.ts'
import type { Settings } from './settings/settings.ts'
import { createTokens } from './signing/tokens.ts'
import { cached } from './store/layers/cached.ts'
import { limited } from './store/layers/limited.ts'
import { type Sealer, sealed } from './store/layers/sealed.ts'
import { watched } from './store/layers/watched.ts'
import type { Store } from './store/store.ts'

/** One or two bytes each in memory, of which a Worker may use 128 MB. */
const CACHE_CHARS = 8 * 1024 * 1024

export interface PartsOptions {
  /** Keeps what outgrows the cookie, without any layers; null where there is none. */
  readonly engine: Store | null
  readonly log: Log
}

/** Builds everything that a configured app works with. */
export function createParts(settings: Settings, { engine, log }: PartsOptions): Service {
  const tokens = createTokens(settings.sessionSecrets)
  const durable = engine && stackLayers(engine, tokens, log)
  const store = durable && cached(durable, { maxChars: CACHE_CHARS })
  const archive = createArchive({ store, log })
  const maxAgeSeconds = settings.sessionMaxAgeSeconds
  const common = { store, log, maxAgeSeconds, now: Date.now }
  return {
    settings,
    model: settings.model ? createHuggingFaceModel(settings.model) : createDemoModel(),
    sessions: createSessionParts({ ...common, tokens, archive }),
    archive,
    shares: createShares({ ...common, store: settings.mayShare ? durable : null }),
    store,
    receipts: createReceipts(tokens),
  }
}

function stackLayers(engine: Store, sealer: Sealer, log: Log): Store {
  return sealed(watched(limited(engine)), sealer, log)
}
