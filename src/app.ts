/**
 * The app: middleware in order, routes, what is not found, errors. Reads no environment and knows
 * no runtime.
 *
 * Refusals come before work. A request passes, from the top:
 *
 *     id, log      every request has a line in the log
 *     headers      security headers, CORS (which answers preflights)
 *     files        on Node only
 *     same origin  403 for what another site makes a browser send
 *     route        its own body limit (413), its own session, its work
 *     no route     405 where the address has one for another method, else 404
 */

import { Hono, type MiddlewareHandler } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId } from 'hono/request-id'
import type { AppEnv } from './context.ts'
import type { Archive } from './conversation/archive/archive.ts'
import type { Shares } from './conversation/copy.ts'
import type { Receipts } from './conversation/receipt.ts'
import { createChatService } from './conversation/service.ts'
import { AppError } from './errors.ts'
import { answerError, withoutHono } from './http/answer-error.tsx'
import { otherSites } from './http/cors.ts'
import { requestLog } from './http/request-log.ts'
import { sameOrigin } from './http/same-origin.ts'
import { securityHeaders } from './http/security-headers.ts'
import { createSessions } from './http/session.ts'
import type { Log } from './log.ts'
import type { Model } from './model/model.ts'
import { TURN_TIMEOUTS } from './model/settings.ts'
import { chatRoutes } from './routes/chat.ts'
import { commitRoutes } from './routes/commit.ts'
import { conversationsRoutes } from './routes/conversations.ts'
import { forkRoutes } from './routes/fork.tsx'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { importRoutes } from './routes/import.ts'
import { ownRoutes } from './routes/own.ts'
import { ownPageRoutes, pageRoutes } from './routes/page.tsx'
import { parkRoutes } from './routes/park.ts'
import { preferencesRoutes } from './routes/preferences.ts'
import { resetRoutes } from './routes/reset.ts'
import { sharedRoutes } from './routes/shared.tsx'
import { ADDRESS_PATTERN } from './session/address.ts'
import type { SessionParts } from './session/sessions.ts'
import type { Settings } from './settings/settings.ts'
import type { Store } from './store/store.ts'
import { FORGOTTEN_HEADER, SETTLED_HEADER } from './wire.ts'

/** A visitor still gets the end of a turn that took as long as it may. */
const READ_MS = 5000
/** For the log only, as nginx calls it. */
const CLIENT_CLOSED_REQUEST = 499
/** The app's name while there are no settings to say it. */
const UNNAMED = 'aplly-chat'

/** Everything that a configured app works with; what a test would want to replace is here. */
export interface Service {
  readonly settings: Settings
  readonly model: Model
  readonly sessions: SessionParts
  readonly archive: Archive
  readonly shares: Shares
  /** What the archive writes to; null when there is none. */
  readonly store: Store | null
  readonly receipts: Receipts
}

/** What an app needs whether or not it is configured. */
interface CommonDeps {
  readonly log: Log
  /** Serves the folder `static` where the platform does not do it by itself. */
  readonly assets?: MiddlewareHandler
}

export interface Deps extends CommonDeps {
  readonly service: Service
  /** Aborts when replies that are still open must end now; absent where nobody can tell. */
  readonly stopping?: AbortSignal
}

export interface UnconfiguredDeps extends CommonDeps {
  /** The names of the settings that are missing or invalid. */
  readonly badSettings: readonly string[]
}

/** The app with its routes as types, so that a client such as `testClient` knows them. */
export type App = ReturnType<typeof createApp>

/** Creates the app that chats. */
export function createApp({ log, service, assets, stopping }: Deps) {
  const { settings, archive, store, shares } = service
  const { appName, corsOrigins, timeoutMs, maxConversations } = settings
  const { parking, addresses } = service.sessions
  const sessions = createSessions({
    ...service.sessions,
    archive,
    shares,
    log,
    maxConversations,
  })
  const { openRoot, openOwn } = sessions
  const stop = stopping && { stopping }
  const chat = createChatService({ ...settings, ...service, log, now: Date.now, ...stop })
  const isDemo = settings.model === null
  const page = { appName, isDemo, archive, addresses, parking, shares, maxConversations }
  const turns = { ...page, chat, streamLimitMs: TURN_TIMEOUTS * timeoutMs + READ_MS }
  const model = settings.model?.endpoint.protocol ?? 'demo'
  const own = new Hono<AppEnv>()
    .route('/', ownPageRoutes(sessions, page))
    .route('/', chatRoutes(openOwn('begun'), turns))
    .route('/', commitRoutes(openOwn('refused'), chat))
    .route('/', resetRoutes(openOwn('refused')))
    .route('/', historyRoutes(openOwn('refused'), appName, archive))
    .route('/', forkRoutes(sessions, openOwn('refused'), turns))
    .route('/', ownRoutes(sessions, shares))
    .route('/', parkRoutes(sessions, page))
  return createBase({ appName, allowedOrigins: corsOrigins, log, ...(assets && { assets }) })
    .route('/', healthRoutes({ badSettings: [], store, model }))
    .route('/', pageRoutes(sessions, page))
    .route('/', chatRoutes(openRoot, turns))
    .route('/', commitRoutes(openRoot, chat))
    .route('/', resetRoutes(openRoot))
    .route('/', historyRoutes(openRoot, appName, archive))
    .route('/', forkRoutes(sessions, openRoot, turns))
    .route('/', conversationsRoutes(sessions, addresses))
    .route('/', importRoutes(sessions))
    .route('/', preferencesRoutes())
    .route('/', sharedRoutes(sessions, shares, appName))
    .route(`/c/:id{${ADDRESS_PATTERN}}`, own)
}

/**
 * Creates the app that answers `not_configured` to everything but its health routes and files, and
 * names the settings that its owner must check.
 */
export function createUnconfiguredApp({ badSettings, log, assets }: UnconfiguredDeps) {
  return createBase({ appName: UNNAMED, allowedOrigins: [], log, ...(assets && { assets }) })
    .route('/', healthRoutes({ badSettings, store: null, model: null }))
    .all('*', () => Promise.reject(new AppError('not_configured', { settings: badSettings })))
}

interface BaseDeps extends CommonDeps {
  readonly appName: string
  /** Other sites that may call with the visitor's cookie. */
  readonly allowedOrigins: readonly string[]
}

/** All that stands before the routes, and what answers where none does. */
function createBase({ appName, allowedOrigins, log, assets }: BaseDeps): Hono<AppEnv> {
  // An address with a slash at its end is the same address.
  const app = new Hono<AppEnv>({ strict: false })
  app.onError((thrown, c) => {
    // The visitor has left. That is no error, and nobody reads the answer.
    if (c.req.raw.signal.aborted) {
      c.error = thrown instanceof AppError ? thrown : new AppError('visitor_left')
      return new Response(null, { status: CLIENT_CLOSED_REQUEST })
    }
    const error = withoutHono(thrown)
    c.error = error
    return answerError(error, c, appName)
  })
  app.notFound((c) => answerError(new AppError('not_found'), c, appName))

  app.use(requestId())
  app.use(requestLog(log))
  app.use(throwErrorsOnly)
  app.use(securityHeaders())
  app.use(otherSites(allowedOrigins, ['Retry-After', FORGOTTEN_HEADER, SETTLED_HEADER]))
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed(c, methods) {
        c.header('Allow', methods.join(', '))
        return answerError(new AppError('method_not_allowed'), c, appName)
      },
    }),
  )
  if (assets) app.use(assets)
  app.use(noStore)
  app.use(sameOrigin(allowedOrigins))
  return app
}

/** What a route says of its own answer counts. */
const noStore: MiddlewareHandler = async function noStore(c, next) {
  await next()
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
}

/** What is no Error, such as a reason of an abort, passes by all of Hono's handlers. */
const throwErrorsOnly: MiddlewareHandler = async function throwErrorsOnly(_c, next) {
  try {
    await next()
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new AppError('internal', { cause: thrown })
  }
}
