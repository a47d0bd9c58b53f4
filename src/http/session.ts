/**
 * Opens the visitor's session before a route runs and lets the route save it. The cookie itself is
 * `session/cookie.ts`'s. Nothing is saved unless a route says so; a save after the headers have
 * left would be lost without an error.
 */

import type { Context, MiddlewareHandler } from 'hono'
import type { Archive } from '../conversation/archive/archive.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { Log } from '../log.ts'
import { isLoopbackHost, isPrivateHost } from '../model/private-host.ts'
import type { CookieMode, SessionCookies } from '../session/cookie.ts'
import { FORGOTTEN_HEADER } from '../wire.ts'

/** What the owner can do about visitors who are not remembered. */
const INSECURE =
  'A request came by plain HTTP. Browsers drop the cookie there, and nothing is remembered. Serve HTTPS, and let the proxy that ends it send X-Forwarded-Proto: https.'
/** Longest name in the DNS (RFC 1035 §2.3.4). */
const MAX_HOST_CHARS = 253

export interface VisitorSession {
  readonly conversation: Conversation
  /**
   * True when the request brought no session of ours that is alive; the conversation is then an
   * empty one.
   */
  readonly isNew: boolean
  /** Sets the cookie, and the header that says how many messages are no longer remembered. */
  save(conversation: Conversation): Promise<void>
  /** Forgets everything, in the archive too: an empty conversation under a new id. */
  restart(): Promise<void>
  /** The archive, as this request uses it. */
  readonly archive: Archive
  /** Reads, writes and deletions that this request has made the store do so far. */
  readonly storeOperations: number
}

export interface SessionDeps {
  readonly cookies: SessionCookies
  readonly archive: Archive
  readonly log: Log
}

export type SessionEnv = { Variables: { session: VisitorSession } }

export function session(deps: SessionDeps): MiddlewareHandler<SessionEnv> {
  const { log } = deps
  let hasWarned = false
  function warnOnce(hostname: string): void {
    if (hasWarned) return
    hasWarned = true
    log('warn', 'insecure_address', { host: hostname.slice(0, MAX_HOST_CHARS), detail: INSECURE })
  }

  async function load(header: string, { mode, isPrivate }: Reached): Promise<Conversation | null> {
    const loaded = await deps.cookies.load(header, mode)
    // HTTPS came later to this private host. On a public one nobody but a stranger sets the cookie
    // without the prefix.
    return !loaded && isPrivate && mode !== 'plain' ? deps.cookies.load(header, 'plain') : loaded
  }

  return async function openSession(c, next) {
    const how = reached(c)
    const { mode } = how
    let storeOperations = 0
    const archive = deps.archive.observed(() => {
      storeOperations += 1
    })
    const cookies = deps.cookies.movingTo(archive)
    if (!how.isEncrypted && !how.isPrivate) warnOnce(how.hostname)
    const loaded = await load(c.req.header('Cookie') ?? '', how)
    const save = async (conversation: Conversation): Promise<void> => {
      const { line, conversation: saved } = await cookies.save(conversation, mode)
      const lost = saved.forgotten - conversation.forgotten
      if (lost > 0) log('warn', 'messages_forgotten', { messages: lost })
      if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
      c.header('Set-Cookie', line)
    }
    c.set('session', {
      conversation: loaded ?? cookies.start(),
      isNew: loaded === null,
      save,
      restart: async () => {
        if (loaded) await archive.deleteAll(loaded)
        await save(cookies.start())
      },
      archive,
      get storeOperations() {
        return storeOperations
      },
    })
    await next()
  }
}

/** How a visitor's request came, as far as its cookie depends on it. */
interface Reached {
  readonly hostname: string
  readonly isPrivate: boolean
  /**
   * The browser is on HTTPS for sure: by the address, or by the word of the proxy that ended TLS.
   */
  readonly isEncrypted: boolean
  readonly mode: CookieMode
}

function reached(c: Context): Reached {
  const { protocol, hostname } = new URL(c.req.url)
  const isPrivate = isPrivateHost(hostname)
  // The first of several proxies is the one that the browser spoke to. Who makes this header up
  // gets a stricter cookie, no more.
  const forwarded = c.req.header('X-Forwarded-Proto')?.split(',')[0]?.trim().toLowerCase()
  const isEncrypted = protocol === 'https:' || forwarded === 'https'
  // HTTP on a public host means that a proxy ended TLS and does not say so, or that an open cookie
  // would be wrong.
  const wantsSecure = isEncrypted || !isPrivate
  const takesSecure = wantsSecure || isLoopbackHost(hostname)
  const mode =
    takesSecure && isEmbedded(c, hostname) ? 'embedded' : wantsSecure ? 'secure' : 'plain'
  return { hostname, isPrivate, isEncrypted, mode }
}

/**
 * True for the script of another site. The check of origins has refused those that may not change
 * anything. Browsers that leave `Sec-Fetch-Site` out send `Origin` with every request that can
 * change something.
 */
function isEmbedded(c: Context, hostname: string): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined) {
    // A visitor who follows a link from another site is on ours then: a partitioned cookie would
    // stay beside the ordinary one, and hide it.
    return site === 'cross-site' && c.req.header('Sec-Fetch-Mode') !== 'navigate'
  }
  const origin = c.req.header('Origin')
  return origin !== undefined && URL.canParse(origin) && new URL(origin).hostname !== hostname
}
