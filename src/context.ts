/**
 * What middleware hands to a route, as types. Every route starts from `AppEnv`; a route that needs
 * more names the middleware that brings it, or it does not compile:
 *
 *     new Hono<AppEnv>().get('/history', (c) => c.var.session)             // no such variable
 *     new Hono<AppEnv>().get('/history', openSession, (c) => c.var.session)
 *
 * The middleware stands at the route and not above a list of paths, so it runs for that route only,
 * and no list can be forgotten.
 */

import type { MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { SessionEnv } from './http/session.ts'

/** What every request has: the id that names it in the log. No bindings: the entries read those. */
export type AppEnv = { Variables: RequestIdVariables }

/** Behind `textBody()`: the request's body as text. */
export type BodyEnv = AppEnv & { Variables: { body: string } }

/** Behind `session()`: what the visitor's cookie opened. */
export type SessionedEnv = AppEnv & SessionEnv

/** The middleware that opens a session, as routes are handed it. */
export type OpenSession = MiddlewareHandler<SessionEnv>
