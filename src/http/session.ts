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
 *     the store cannot tell                     503, but where it was issued after the last parking
 *     else                                      404, and the list forgets it
 */

import type { Context, MiddlewareHandler } from 'hono'
import type { Archive } from '../conversation/archive/archive.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { Shares } from '../conversation/copy.ts'
import { AppError, storeUnavailable } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Addresses } from '../session/address.ts'
import { withConversation, withoutEntry } from '../session/conversation-index.ts'
import type { ParkedEntry } from '../session/parking.ts'
import { baseOf, type OwnPlace, type Place, ROOT } from '../session/place.ts'
import { reached } from './reached.ts'
import { createVisit, type Visit, type VisitDeps } from './visit.ts'

/** What the owner can do about visitors who are not remembered. */
const INSECURE =
  'A request came by plain HTTP. Browsers drop the cookie there, and nothing is remembered. Serve HTTPS, and let the proxy that ends it send X-Forwarded-Proto: https.'
/** Longest name in the DNS (RFC 1035 §2.3.4). */
const MAX_HOST_CHARS = 253
/** The clocks of two machines may differ by so much. */
const MAX_SKEW_SECONDS = 5
/** How many conversations go with one answer: each is a line of its header. */
const MAX_DROPPED = 3

/**
 * When the list takes a conversation over. Another answer may have changed it while a model spoke,
 * and the cookie would put back the list of before. So an answer that a page follows leaves it to
 * the page. What a quick answer or a program's overwrites, the conversation's next one puts back.
 */
export type Listing = 'now' | 'later'

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
   * address of its own, the list takes the conversation over.
   *
   * @param listing `now` unless given
   */
  save(conversation: Conversation, listing?: Listing): Promise<void>
  /**
   * Sets the list's cookie where the list is not as this conversation says. The answers of a model
   * leave it as it is, and two quick ones may overtake each other.
   */
  enlist(): Promise<void>
  /**
   * Deletes what is kept of the conversation besides its cookie: its copy, its place among the
   * parked, its segments.
   *
   * @throws AppError `store_unavailable` when what nobody could delete later would stay
   */
  forget(): Promise<void>
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
  readonly shares: Shares
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
  /** It goes on with an empty one. */
  | 'ignored'

export interface Sessions {
  /** Opens the root's conversation. */
  readonly openRoot: MiddlewareHandler<SessionEnv>
  /** Opens the conversation whose id is in the path. It throws `not_found`. */
  openOwn(absent: Absent): MiddlewareHandler<SessionEnv>
  /**
   * Gives a conversation a fresh address of its own, and saves it there.
   *
   * @throws AppError `conversations_full` when another one would have to go for it
   */
  settle(visit: Visit, conversation: Conversation): Promise<OwnPlace>
  /**
   * Moves the root's conversation to an address of its own, the same each time, and leaves an empty
   * one at the root. Nothing has changed when it throws.
   *
   * @throws AppError `conversations_full`
   */
  settleRoots(session: VisitorSession): Promise<void>
  /** The session of another conversation at a fresh address, which is not saved yet. */
  beside(session: VisitorSession, conversation: Conversation): Promise<VisitorSession>
  /** An empty conversation that begins now. */
  start(): Conversation
}

export function createSessions(deps: SessionDeps): Sessions {
  const { addresses } = deps
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
    return { visit, archive, storeOperations: () => storeOperations }
  }

  /** Where nothing can be parked, a full list takes nothing that was not begun on the page. */
  async function ownPlace(visit: Visit, id: Promise<string>): Promise<OwnPlace> {
    const { visitor, entries } = await visit.index()
    const isFull = !deps.parking.isPossible && entries.length >= deps.maxConversations
    if (isFull) throw new AppError('conversations_full')
    return { kind: 'own', id: await id, visitor }
  }

  return {
    openRoot: async function openSession(c, next) {
      const opened = open(c)
      const loaded = await opened.visit.load(ROOT)
      c.set('session', toSession(opened, { place: ROOT, loaded, parked: null }, deps))
      await next()
    },

    openOwn: (absent) =>
      async function openOwnSession(c, next) {
        const opened = open(c)
        const { visit } = opened
        const { visitor } = await visit.index()
        const place: OwnPlace = { kind: 'own', id: c.req.param('id') ?? '', visitor }
        const found = await find(place, visit, absent, deps)
        if (!found.loaded) await check(place.id, visit, absent, deps)
        c.set('session', toSession(opened, { place, ...found }, deps))
        await next()
      },

    async settle(visit, conversation) {
      const place = await ownPlace(visit, addresses.issue())
      await saveOwn(visit, place, conversation, 'now', deps)
      return place
    },

    async settleRoots({ visit, conversation, save }) {
      const place = await ownPlace(visit, addresses.forRoots(conversation))
      // Once the root's cookie is short, the other one may be long.
      await save(deps.cookies.start())
      await saveOwn(visit, place, conversation, 'now', deps)
    },

    async beside({ visit, archive }, conversation) {
      const place = await ownPlace(visit, addresses.issue())
      const opened = { visit, archive, storeOperations: () => 0 }
      const session = toSession(opened, { place, loaded: null, parked: null }, deps)
      return { ...session, conversation }
    },

    start: deps.cookies.start,
  }
}

interface Opened {
  readonly visit: Visit
  readonly archive: Archive
  storeOperations(): number
}

interface Found {
  readonly loaded: Conversation | null
  readonly parked: ParkedEntry | null
}

function toSession(
  { visit, archive, storeOperations }: Opened,
  { place, loaded, parked }: Found & { readonly place: Place },
  deps: SessionDeps,
): VisitorSession {
  const { start } = deps.cookies

  async function save(conversation: Conversation, listing: Listing = 'now'): Promise<void> {
    if (place.kind === 'root') await visit.save(place, conversation)
    else await saveOwn(visit, place, conversation, listing, deps)
  }

  async function forget(): Promise<void> {
    const { shared } = loaded ?? {}
    if (shared !== undefined && !(await deps.shares.end(shared))) throw storeUnavailable()
    if (place.kind === 'own' && !(await visit.unpark(place.id))) throw storeUnavailable()
    if (loaded) await archive.deleteAll(loaded)
  }

  return {
    place,
    base: baseOf(place),
    conversation: loaded ?? start(),
    isNew: loaded === null,
    parked,
    save,
    enlist: async () => {
      if (place.kind === 'own' && loaded) await enlist(visit, place, loaded, deps)
    },
    forget,
    restart: async () => {
      await forget()
      await save(start())
    },
    visit,
    archive,
    get storeOperations() {
      return storeOperations()
    },
  }
}

/** Looks for the conversation in the cookie, and then among those that are parked. */
async function find(
  place: OwnPlace,
  visit: Visit,
  absent: Absent,
  { parking, addresses }: SessionDeps,
): Promise<Found> {
  const loaded = await visit.load(place)
  if (loaded) return { loaded, parked: null }
  const shelf = await visit.parked()
  const parked = shelf.kind === 'read' ? shelf.value.find(({ id }) => id === place.id) : undefined
  if (!parked) {
    const isKnown = shelf.kind === 'read' && shelf.isWhole
    if (isKnown || absent === 'ignored') return { loaded: null, parked: null }
    // What was issued after the newest shelf was written is on none, and needs no store to begin.
    const { at } = await visit.shelf()
    const isFresh = addresses.issuedAt(place.id) > at + MAX_SKEW_SECONDS
    if (absent === 'begun' && isFresh) return { loaded: null, parked: null }
    throw storeUnavailable()
  }
  const opened = await parking.open(parked)
  if (opened.kind === 'read') return { loaded: opened.value, parked }
  if (absent === 'ignored') return { loaded: null, parked: null }
  throw storeUnavailable()
}

async function check(
  id: string,
  visit: Visit,
  absent: Absent,
  { addresses }: SessionDeps,
): Promise<void> {
  if (absent === 'ignored') return
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

/** Sets the cookie of a conversation at an address of its own, and the list's when that may be. */
async function saveOwn(
  visit: Visit,
  place: OwnPlace,
  conversation: Conversation,
  listing: Listing,
  deps: SessionDeps,
): Promise<void> {
  const saved = await visit.save(place, conversation)
  // A browser without an index must learn the visitor's id, for which the cookie is signed.
  const isLater = listing === 'later' && (await visit.hasIndex())
  if (!isLater) await enlist(visit, place, saved, deps)
}

/**
 * Lets the list take a conversation over. Where nothing can be parked, those not used for the
 * longest make room.
 */
async function enlist(
  visit: Visit,
  place: OwnPlace,
  conversation: Conversation,
  { parking, maxConversations }: SessionDeps,
): Promise<void> {
  const before = await visit.index()
  let index = withConversation(before, place.id, conversation)
  if (!parking.isPossible && index.entries.length > maxConversations) {
    const kept = Math.max(maxConversations, index.entries.length - MAX_DROPPED)
    for (const { id } of index.entries.slice(kept)) visit.expire({ ...place, id })
    index = { ...index, entries: index.entries.slice(0, kept) }
  }
  if (index !== before || !(await visit.hasIndex())) await visit.saveIndex(index)
}

function createWarning(log: Log): (hostname: string) => void {
  let hasWarned = false
  return (hostname) => {
    if (hasWarned) return
    hasWarned = true
    log('warn', 'insecure_address', { host: hostname.slice(0, MAX_HOST_CHARS), detail: INSECURE })
  }
}
