/**
 * The entry on Cloudflare Workers: environment → settings → parts → app. The platform serves the
 * folder `static` itself, before the Worker is asked.
 */

import type { ExecutionContext } from 'hono'
import { type App, createApp, createUnconfiguredApp } from './app.ts'
import { createLog } from './log.ts'
import { createParts } from './parts.ts'
import type { RawEnvironment } from './setting.ts'
import { settingNotices, toLine } from './settings/notices.ts'
import { parseLogLevel, parseSettings } from './settings/settings.ts'
import { createKvStore, isKv } from './store/kv.ts'
import type { Store } from './store/store.ts'

/**
 * Variables, secrets and bindings do not change while an isolate lives, so they are checked once.
 */
let app: App | ReturnType<typeof createUnconfiguredApp> | null = null

export default {
  fetch(
    request: Request,
    env: RawEnvironment,
    context: ExecutionContext,
  ): Response | Promise<Response> {
    app ??= start(env)
    return app.fetch(request, env, context)
  },
}

function start(env: RawEnvironment): NonNullable<typeof app> {
  const log = createLog(parseLogLevel(env), console.log)
  const settings = parseSettings(env)
  for (const notice of settingNotices(env)) {
    log('warn', 'setting_without_effect', { message: toLine(notice) })
  }
  if (settings.ok) {
    return createApp({
      service: createParts(settings.value, { engine: openEngine(env), log }),
      log,
    })
  }
  const { problems } = settings
  for (const problem of problems) log('error', 'not_configured', { message: toLine(problem) })
  return createUnconfiguredApp({ badSettings: problems.map(({ name }) => name), log })
}

/** The KV namespace bound as `HISTORY`. Without one only the newest turns are remembered. */
function openEngine(env: RawEnvironment): Store | null {
  const kv = env['HISTORY']
  return isKv(kv) ? createKvStore(kv) : null
}
