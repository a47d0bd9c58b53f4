/**
 * Opens the visitor's session before a route runs and lets the route save it. The cookies are
 * `session/`'s. Nothing is saved unless a route says so; a save after the headers have left would
 * be lost without an error.
 *
 *     openRoot     /chat            the root's conversation; an empty one for who has none
 *     openOwn      /c/<id>/chat     the conversation at that address
 *
 *     no cookie came for the address            what then
 *     it is parked                              opens from the store
 *     it was issued here, and the route begins  an empty conversation
 *     else                                      404, and the list forgets it
 */

import type { Context, MiddlewareHandler } from 'hono'
import type { Archive } from '../conversation/archive/archive.ts'
import type { Conversation } from '../conversation/conversation.ts'
import { AppError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Addresses } from '../session/address.ts'
import { withConversation, withoutEntry } from '../session/conversation-index.ts'
import type { SessionCookies } from '../session/cookie.ts'
import type { ParkedEntry } from '../session/parking.ts'
import { baseOf, type OwnPlace, type Place, ROOT } from '../session/place.ts'
import { reached } from './reached.ts'
import { createVisit, type Visit, type VisitDeps } from './visit.ts'

/** What the owner can do about visitors who are not remembered. */
const INSECURE =
  'A request came by plain HTTP. Browsers drop the cookie there, and nothing is remembered. Serve HTTPS, and let the proxy that ends it send X-Forwarded-Proto: https.'
/** Longest name in the DNS (RFC 1035 §2.3.4). */
const MAX_HOST_CHARS = 253
/** When the store cannot be read, another try makes sense after so long. */
const STORE_SECONDS = 5

export interface VisitorSession {
  readonly place: Place
  /** The addresses of this conversation begin with it: empty for the root, else `/c/<id>`. */
  readonly base: string
  readonly conversation: Conversation
  /**
   * True when the request brought no session of ours that is alive; the conversation is then an
   * empty one.
   */
  readonly isNew: boolean
  /** The entry of a conversation that came from the store; a save gives it a cookie again. */
  readonly parked: ParkedEntry | null
  /**
   * Sets the cookie, and the header that says how many messages are no longer remembered. At an
   * address of its own, the list gets the conversation if it lacks it.
   */
  save(conversation: Conversation): Promise<void>
  /** Forgets everything, in the archive too: an empty conversation under a new id. */
  restart(): Promise<void>
  /** The visitor's other cookies. */
  readonly visit: Visit
  /** The archive, as this request uses it. */
  readonly archive: Archive
  /** Reads, writes and deletions that this request has made the store do so far. */
  readonly storeOperations: number
}

export interface SessionDeps extends VisitDeps {
  readonly archive: Archive
  readonly addresses: Addresses
  /** How many conversations keep a cookie. */
  readonly maxConversations: number
}

export type SessionEnv = { Variables: { session: VisitorSession } }

/** What a route does at an address that no conversation has. */
export type Absent =
  /** It answers 404. */
  | 'refused'
  /** It begins a conversation there, if the address was issued for that. */
  | 'begun'
  /** It goes on with an empty one, if the list has it: only its name is left. */
  | 'tolerated'

export interface Sessions {
  /** Opens the root's conversation. */
  readonly openRoot: MiddlewareHandler<SessionEnv>
  /** Opens the conversation whose id is in the path. It throws `not_found`. */
  openOwn(absent: Absent): MiddlewareHandler<SessionEnv>
  /** Gives a conversation a fresh address of its own, and saves it there. */
  settle(visit: Visit, conversation: Conversation): Promise<OwnPlace>
  /** The session of another conversation at a fresh address. Nothing is saved yet. */
  beside(session: VisitorSession, conversation: Conversation): Promise<VisitorSession>
}

export function createSessions(deps: SessionDeps): Sessions {
  const warnOnce = createWarning(deps.log)

  function open(c: Context): Opened {
    const how = reached(c)
    if (!how.isEncrypted && !how.isPrivate) warnOnce(how.hostname)
    let storeOperations = 0
    const archive = deps.archive.observed(() => {
      storeOperations += 1
    })
    const cookies = deps.cookies.movingTo(archive)
    const visit = createVisit(c, how, { ...deps, cookies })
    return { visit, archive, cookies, storeOperations: () => storeOperations }
  }

  async function freshPlace(visit: Visit): Promise<OwnPlace> {
    const { visitor } = await visit.index()
    return { kind: 'own', id: await deps.addresses.issue(), visitor }
  }

  return {
    openRoot: async function openSession(c, next) {
      const opened = open(c)
      const loaded = await opened.visit.load(ROOT)
      const save = async (conversation: Conversation): Promise<void> => {
        await opened.visit.save(ROOT, conversation)
      }
      c.set('session', toSession(opened, { place: ROOT, loaded, parked: null, save }))
      await next()
    },

    openOwn: (absent) =>
      async function openOwnSession(c, next) {
        const opened = open(c)
        const { visit } = opened
        const id = c.req.param('id') ?? ''
        const { visitor } = await visit.index()
        const place: OwnPlace = { kind: 'own', id, visitor }
        const found = await find(place, visit, deps)
        if (!found.loaded) await check(absent, id, visit, deps)
        const save = async (conversation: Conversation): Promise<void> => {
          await saveOwn(visit, place, conversation, deps)
        }
        c.set('session', toSession(opened, { place, save, ...found }))
        await next()
      },

    async settle(visit, conversation) {
      const place = await freshPlace(visit)
      await saveOwn(visit, place, conversation, deps)
      return place
    },

    async beside(session, conversation) {
      const { visit, archive } = session
      const place = await freshPlace(visit)
      return {
        place,
        base: baseOf(place),
        conversation,
        isNew: true,
        parked: null,
        save: (changed) => saveOwn(visit, place, changed, deps),
        restart: session.restart,
        visit,
        archive,
        get storeOperations() {
          return session.storeOperations
        },
      }
    },
  }
}

interface Opened {
  readonly visit: Visit
  readonly archive: Archive
  readonly cookies: SessionCookies
  storeOperations(): number
}

interface Found {
  readonly loaded: Conversation | null
  readonly parked: ParkedEntry | null
}

interface Loaded extends Found {
  readonly place: Place
  readonly save: VisitorSession['save']
}

function toSession(
  { visit, archive, cookies, storeOperations }: Opened,
  { place, loaded, parked, save }: Loaded,
): VisitorSession {
  return {
    place,
    base: baseOf(place),
    conversation: loaded ?? cookies.start(),
    isNew: loaded === null,
    parked,
    save,
    restart: async () => {
      if (place.kind === 'own' && !(await visit.unpark(place.id))) throw unavailable()
      if (loaded) await archive.deleteAll(loaded)
      await save(cookies.start())
    },
    visit,
    archive,
    get storeOperations() {
      return storeOperations()
    },
  }
}

/** Looks for the conversation in the cookie, and then among those that are parked. */
async function find(place: OwnPlace, visit: Visit, { parking }: SessionDeps): Promise<Found> {
  const loaded = await visit.load(place)
  if (loaded) return { loaded, parked: null }
  const shelf = await visit.parked()
  if (shelf.kind === 'unreadable') throw unavailable()
  const parked = shelf.value.find(({ id }) => id === place.id)
  if (!parked) return { loaded: null, parked: null }
  const opened = await parking.open(parked)
  if (opened.kind === 'unreadable') throw unavailable()
  return { loaded: opened.value, parked }
}

async function check(
  absent: Absent,
  id: string,
  visit: Visit,
  { addresses }: SessionDeps,
): Promise<void> {
  if (absent === 'begun' && (await addresses.isIssued(id))) return
  const index = await visit.index()
  const others = withoutEntry(index, id)
  if (others !== index) {
    if (absent === 'tolerated') return
    // It was deleted while another answer was on its way, or the browser dropped its cookie.
    await visit.saveIndex(others)
  }
  throw new AppError('not_found', { missing: 'conversation' })
}

/**
 * Sets the cookie of a conversation at an address of its own, and the list's where that lacks it.
 * Where nothing can be parked, the conversation not used for the longest makes room.
 */
async function saveOwn(
  visit: Visit,
  place: OwnPlace,
  conversation: Conversation,
  { parking, maxConversations }: Pick<SessionDeps, 'parking' | 'maxConversations'>,
): Promise<void> {
  const saved = await visit.save(place, conversation)
  const before = await visit.index()
  let index = withConversation(before, place.id, saved)
  if (!parking.isPossible && index.entries.length > maxConversations) {
    for (const { id } of index.entries.slice(maxConversations)) {
      visit.expire({ ...place, id })
    }
    index = { ...index, entries: index.entries.slice(0, maxConversations) }
  }
  if (index !== before || before.entries.length === 0) await visit.saveIndex(index)
}

function unavailable(): AppError {
  return new AppError('store_unavailable', { retryAfterSeconds: STORE_SECONDS })
}

function createWarning(log: Log): (hostname: string) => void {
  let hasWarned = false
  return (hostname) => {
    if (hasWarned) return
    hasWarned = true
    log('warn', 'insecure_address', { host: hostname.slice(0, MAX_HOST_CHARS), detail: INSECURE })
  }
}
