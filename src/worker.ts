/** The entry on Cloudflare Workers. The platform serves the folder `static` itself, before the Worker is asked. */

import type { ExecutionContext } from 'hono'
import type { RawEnvironment } from './settings/settings.ts'
import { type Started, start, toLine } from './start.ts'
import { createKvStore, isKv } from './store/kv.ts'
import { withLimits } from './store/layers/limited.ts'
import { withWriteCheck } from './store/layers/watched.ts'
import type { Store } from './store/store.ts'

/** Variables, secrets and bindings do not change while an isolate lives, so they are checked once. */
let started: Started | null = null

export default {
  fetch(
    request: Request,
    env: RawEnvironment,
    context: ExecutionContext,
  ): Response | Promise<Response> {
    if (!started) {
      started = start(env, { write: console.log, store: openStore(env) })
      for (const problem of started.problems) console.error(toLine(problem))
      for (const notice of started.notices) console.warn(toLine(notice))
    }
    return started.app.fetch(request, env, context)
  },
}

/** The KV namespace bound as `HISTORY`; null without one, and then only the newest turns are remembered. */
function openStore(env: RawEnvironment): Store | null {
  const kv = env['HISTORY']
  return isKv(kv) ? withWriteCheck(withLimits(createKvStore(kv))) : null
}
