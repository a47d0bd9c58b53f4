/**
 * Opens the visitor's session before a route runs and lets the route save it. The cookie itself is `session/cookie.ts`'s.
 * Nothing is saved unless a route says so; a save after the headers have left would be lost without an error.
 */

import type { Context, MiddlewareHandler } from 'hono'
import type { Log } from '../log.ts'
import { isPrivateHost } from '../private-host.ts'
import type { Archive } from '../session/archive.ts'
import type { CookieMode, SessionCookies } from '../session/cookie.ts'
import type { SessionState } from '../session/state.ts'
import { FORGOTTEN_HEADER } from '../wire.ts'

export interface VisitorSession {
  readonly state: SessionState
  /** True when the request brought no session of ours that is alive; the state is then an empty one. */
  readonly isNew: boolean
  /** Sets the cookie, and the header that says how many messages are no longer remembered. */
  save(state: SessionState): Promise<void>
  /** Forgets everything, in the archive too: an empty conversation under a new id. */
  restart(): Promise<void>
}

export interface SessionDeps {
  readonly cookies: SessionCookies
  readonly archive: Archive
  readonly log: Log
}

export type SessionEnv = { Variables: { session: VisitorSession } }

export function session({ cookies, archive, log }: SessionDeps): MiddlewareHandler<SessionEnv> {
  return async function openSession(c, next) {
    const mode = cookieMode(c)
    const loaded = await cookies.load(c.req.header('Cookie') ?? '', mode)
    const save = async (state: SessionState): Promise<void> => {
      const { line, state: saved } = await cookies.save(state, mode)
      const lost = saved.forgotten - state.forgotten
      if (lost > 0) log('warn', 'messages_forgotten', { messages: lost })
      if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
      c.header('Set-Cookie', line)
    }
    c.set('session', {
      state: loaded ?? cookies.start(),
      isNew: loaded === null,
      save,
      restart: async () => {
        if (loaded) await archive.deleteAll(loaded)
        await save(cookies.start())
      },
    })
    await next()
  }
}

/** HTTP on a public host means that a proxy ended TLS in front of us, so the browser is on HTTPS. */
function cookieMode(c: Context): CookieMode {
  const { protocol, hostname } = new URL(c.req.url)
  if (protocol === 'http:' && isPrivateHost(hostname)) return 'plain'
  // A visitor who follows a link from another site is on ours then: a partitioned cookie would stay beside the ordinary one, and hide it.
  const isEmbedded =
    c.req.header('Sec-Fetch-Site') === 'cross-site' && c.req.header('Sec-Fetch-Mode') !== 'navigate'
  return isEmbedded ? 'embedded' : 'secure'
}
