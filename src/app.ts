/**
 * The app: middleware in order, routes, what is not found, errors. Reads no environment and knows no runtime.
 *
 * Refusals come before work: request id, log, headers, CORS, same origin, body, session, route.
 */

import type { MiddlewareHandler } from 'hono'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import { Hono } from 'hono/tiny'
import type { Archive } from './conversation/archive/archive.ts'
import type { Receipts } from './conversation/receipt.ts'
import { createChatService } from './conversation/service.ts'
import { AppError } from './errors.ts'
import { answerError } from './http/answer-error.tsx'
import { body } from './http/body.ts'
import { cors } from './http/cors.ts'
import { methodNotAllowed } from './http/method-not-allowed.ts'
import { requestLog } from './http/request-log.ts'
import { sameOrigin } from './http/same-origin.ts'
import { securityHeaders } from './http/security-headers.ts'
import { session } from './http/session.ts'
import type { Log } from './log.ts'
import type { Model } from './model/model.ts'
import { TURN_TIMEOUTS } from './model/settings.ts'
import { chatRoutes } from './routes/chat.tsx'
import { commitRoutes } from './routes/commit.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { pageRoutes } from './routes/page.tsx'
import { resetRoutes } from './routes/reset.ts'
import type { SessionCookies } from './session/cookie.ts'
import type { Settings } from './settings/settings.ts'
import type { Store } from './store/store.ts'
import { FORGOTTEN_HEADER, SETTLED_HEADER } from './wire.ts'

/** A visitor still gets the end of a turn that took as long as it may. */
const READ_MS = 5000
/** For the log only, as nginx calls it. */
const CLIENT_CLOSED_REQUEST = 499

/** Everything that a configured app works with; what a test would want to replace is here. */
export interface Service {
  readonly settings: Settings
  readonly model: Model
  readonly cookies: SessionCookies
  readonly archive: Archive
  /** What the archive writes to; null when there is none. */
  readonly store: Store | null
  readonly receipts: Receipts
}

export interface Deps {
  readonly log: Log
  /** The service, or the names of the settings that keep it from starting. */
  readonly service: Service | { readonly badSettings: readonly string[] }
  /** Serves the folder `static` where the platform does not do it by itself. */
  readonly assets?: MiddlewareHandler
  /** Aborts when replies that are still open must end now; absent where nobody can tell. */
  readonly stopping?: AbortSignal
}

type AppEnv = { Variables: RequestIdVariables }

export function createApp({ log, service, assets, stopping }: Deps): Hono<AppEnv> {
  const settings = 'settings' in service ? service.settings : null
  const allowedOrigins = [...(settings?.corsOrigins ?? [])]
  const appName = settings?.appName ?? 'aplly-chat'

  const app = new Hono<AppEnv>()
  app.onError((error, c) => {
    // Nobody is there any more to read an answer; that a visitor left is no error.
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_CLOSED_REQUEST })
    return answerError(error, c, appName)
  })
  app.notFound((c) => answerError(new AppError('not_found'), c, appName))

  app.use(requestId())
  app.use(requestLog(log))
  app.use(async function throwErrorsOnly(_c, next) {
    try {
      await next()
    } catch (thrown) {
      // What is no Error, as a reason of an abort, passes by all of Hono's handlers.
      throw thrown instanceof Error ? thrown : new AppError('internal', { cause: thrown })
    }
  })
  app.use(securityHeaders())
  app.use(cors(allowedOrigins, ['Retry-After', FORGOTTEN_HEADER, SETTLED_HEADER]))
  app.use(
    methodNotAllowed(
      () => app.routes,
      (c) => answerError(new AppError('method_not_allowed'), c, appName),
    ),
  )
  if (assets) app.use(assets)
  app.use(async function noStore(c, next) {
    c.header('Cache-Control', 'no-store')
    await next()
  })
  app.use(sameOrigin(allowedOrigins))
  app.use(body())

  const store = 'settings' in service ? service.store : null
  const badSettings = 'badSettings' in service ? service.badSettings : []
  const model = settings && (settings.model?.endpoint.protocol ?? 'demo')
  app.route('/', healthRoutes({ badSettings, store, model }))
  if ('badSettings' in service) {
    app.use(() => Promise.reject(new AppError('not_configured', { settings: service.badSettings })))
    return app
  }
  const visitor = session({ ...service, log })
  for (const path of ['/', '/chat', '/chat/commit', '/reset', '/history']) app.use(path, visitor)
  const chat = createChatService({
    ...service.settings,
    ...service,
    log,
    now: Date.now,
    ...(stopping && { stopping }),
  })
  const streamLimitMs = TURN_TIMEOUTS * service.settings.timeoutMs + READ_MS
  const page = { appName, isDemo: service.settings.model === null, archive: service.archive }
  app.route('/', pageRoutes(page))
  app.route('/', chatRoutes({ ...page, chat, streamLimitMs }))
  app.route('/', commitRoutes(chat))
  app.route('/', resetRoutes())
  app.route('/', historyRoutes(service.settings.appName, service.archive))
  return app
}
