/** The entry on Cloudflare Workers. The platform serves the folder `static` itself, before the Worker is asked. */

import type { ExecutionContext } from 'hono'
import type { RawEnvironment } from './settings.ts'
import { type Started, start, toLine } from './start.ts'

/** Variables, secrets and bindings do not change while an isolate lives, so they are checked once. */
let started: Started | null = null

export default {
  fetch(
    request: Request,
    env: RawEnvironment,
    context: ExecutionContext,
  ): Response | Promise<Response> {
    if (!started) {
      started = start(env, { write: console.log, store: null })
      for (const problem of started.problems) console.error(toLine(problem))
    }
    return started.app.fetch(request, env, context)
  },
}
