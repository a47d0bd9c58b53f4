/**
 * The cookies of one visitor in one request: what came, and what the answer sets. A route asks for
 * the list of conversations only if it needs it: the tutorial's own routes never do.
 *
 *     Cookie: __Host-chats=…; __Host-chat=…; __Secure-chat=…      at most 8 KB together
 *               the index       the root's      this address's
 */

import type { Context } from 'hono'
import type { Conversation } from '../conversation/conversation.ts'
import type { Log } from '../log.ts'
import { type ConversationIndex, emptyIndex } from '../session/conversation-index.ts'
import { MAX_COOKIE_LINE_BYTES, type SessionCookies } from '../session/cookie.ts'
import { type IndexCookies, MAX_INDEX_LINE_BYTES } from '../session/index-cookie.ts'
import type { ParkedList, Parking, Shelf } from '../session/parking.ts'
import {
  type CookieMode,
  type CookieName,
  chatCookie,
  expiredLine,
  type Place,
  ROOT,
  siteCookie,
  valuesOf,
} from '../session/place.ts'
import type { ShelfCookies } from '../session/shelf-cookie.ts'
import { FORGOTTEN_HEADER } from '../wire.ts'
import type { Reached } from './reached.ts'

export interface VisitDeps {
  readonly cookies: SessionCookies
  readonly indexes: IndexCookies
  readonly shelves: ShelfCookies
  readonly parking: Parking
  readonly log: Log
}

export interface Visit {
  /** True when no cookie of ours came along. */
  readonly isStranger: boolean
  /** The conversations of this browser; an empty list for a visitor who has none yet. */
  index(): Promise<ConversationIndex>
  /** True when the request brought an index: then the browser knows the visitor's id. */
  hasIndex(): Promise<boolean>
  saveIndex(index: ConversationIndex): Promise<void>
  /** The conversation at a place; null when no cookie of ours came for it. */
  load(place: Place): Promise<Conversation | null>
  /** Sets the conversation's cookie, and gives what is in it. */
  save(place: Place, conversation: Conversation): Promise<Conversation>
  /** Makes the browser forget the conversation's cookie. */
  expire(place: Place): void
  shelf(): Promise<Shelf>
  saveShelf(shelf: Shelf): Promise<void>
  /** What is parked; asks no store where nothing ever was. */
  parked(): Promise<ParkedList>
  /**
   * Deletes what is parked of a conversation; one that was opened again is still on the shelf. False
   * when the store could not be asked or told.
   */
  unpark(id: string): Promise<boolean>
}

/**
 * Most bytes of a `Cookie` header. nginx takes lines of 8 KB
 * (https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers), with the
 * header's name in them.
 */
const MAX_COOKIE_HEADER_BYTES = 8000
/** A conversation always gets so much: what names its segments must fit. */
const MIN_COOKIE_LINE_BYTES = 1536

export function createVisit(c: Context, { mode, isPrivate }: Reached, deps: VisitDeps): Visit {
  const header = c.req.header('Cookie') ?? ''
  const { indexes, shelves, parking, log } = deps
  const jar = createJar(c, header)
  /** HTTPS came later to this private host: the root's conversation of before is read too. */
  const hasPlainRoot =
    isPrivate && mode !== 'plain' && valuesOf(header, chatCookie(ROOT, 'plain').name).length > 0
  let index: ConversationIndex | null = null
  let hasIndex = false
  let shelf: Shelf | null = null

  async function load(place: Place): Promise<Conversation | null> {
    const loaded = await deps.cookies.load(header, mode, place)
    const isOlder = !loaded && place.kind === 'root' && hasPlainRoot
    return isOlder ? deps.cookies.load(header, 'plain', place) : loaded
  }

  /** The visitor's id where no index tells it. Two first requests at once come to the same. */
  async function newVisitor(): Promise<string> {
    const known = await shelves.load(header, mode)
    if (known) return known.visitor
    const root = await load(ROOT)
    return root ? hexDigest(`visitor\n${root.id}`) : crypto.randomUUID().replaceAll('-', '')
  }

  async function loadIndex(): Promise<ConversationIndex> {
    if (index) return index
    const loaded = await indexes.load(header, mode)
    hasIndex = loaded !== null
    index = loaded ?? emptyIndex(await newVisitor())
    return index
  }

  async function loadShelf(): Promise<Shelf> {
    const { visitor } = await loadIndex()
    shelf ??= await shelves.load(header, mode)
    return shelf?.visitor === visitor ? shelf : { visitor, key: '', at: 0 }
  }

  async function loadParked(): Promise<ParkedList> {
    return parking.list(await loadShelf())
  }

  async function saveShelf(changed: Shelf): Promise<void> {
    shelf = changed
    jar.set(siteCookie('parked', mode), await shelves.line(changed, mode))
  }

  return {
    isStranger: [
      siteCookie('chats', mode),
      chatCookie(ROOT, mode),
      chatCookie(ROOT, 'plain'),
    ].every(({ name }) => valuesOf(header, name).length === 0),
    index: loadIndex,
    async hasIndex() {
      await loadIndex()
      return hasIndex
    },
    load,

    async saveIndex(changed) {
      index = changed
      jar.set(siteCookie('chats', mode), await indexes.line(changed, mode))
    },

    async save(place, conversation) {
      const room = roomFor(jar, place, mode)
      const { line, conversation: saved } = await deps.cookies.save(conversation, mode, place, room)
      const lost = saved.forgotten - conversation.forgotten
      if (lost > 0) log('warn', 'messages_forgotten', { messages: lost })
      if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
      jar.set(chatCookie(place, mode), line)
      return saved
    },

    expire(place) {
      jar.set(chatCookie(place, mode), expiredLine(chatCookie(place, mode), mode))
    },

    shelf: loadShelf,
    saveShelf,
    parked: loadParked,

    async unpark(id) {
      const parked = await loadParked()
      if (parked.kind === 'unreadable') return false
      const entry = parked.value.find((one) => one.id === id)
      if (!entry) return parked.isWhole
      const rest = await parking.remove(await loadShelf(), entry)
      if (rest) await saveShelf(rest)
      return rest !== null
    },
  }
}

interface Jar {
  /** Sets a cookie, in place of what was set under its name and path before. */
  set(cookie: CookieName, line: string): void
  /** Bytes that a cookie of the whole site takes in the next request, and all others but `names`. */
  bytesBut(names: readonly string[]): number
  /** True when the next request brings a cookie of this name. */
  has(name: string): boolean
}

/** What stands between two cookies. */
const SEPARATOR_BYTES = 2

/** The cookies as they came, and as the answer leaves them. */
function createJar(c: Context, header: string): Jar {
  const lines = new Map<string, string>()
  const pairs = new Map(
    header.split(';').map((pair) => {
      const [name = ''] = pair.trim().split('=', 1)
      return [name, pair.trim().length]
    }),
  )
  return {
    set({ name, path }, line) {
      lines.delete(`${name} ${path}`)
      lines.set(`${name} ${path}`, line)
      if (path === '/') pairs.set(name, line.split(';', 1)[0]?.length ?? 0)
      c.header('Set-Cookie', undefined)
      const all = [...lines.values()].toSorted((a, b) => rankOf(a) - rankOf(b))
      for (const each of all) c.header('Set-Cookie', each, { append: true })
    },
    bytesBut: (names) =>
      [...pairs]
        .filter(([name]) => !names.includes(name))
        .reduce((sum, [, bytes]) => sum + bytes + SEPARATOR_BYTES, 0),
    has: (name) => pairs.has(name),
  }
}

/** A conversation's cookie comes last: a caller with room for one cookie keeps that one. */
function rankOf(line: string): number {
  if (line.includes('; Max-Age=0;')) return 0
  return /^(__Secure-chat|__Host-chat|chat_dev|chat_dev_c)=/.test(line) ? 2 : 1
}

/**
 * How long the line of a conversation's cookie may be, so that the header of a request that brings
 * it stays short. The root's goes along with every other conversation.
 */
function roomFor(jar: Jar, place: Place, mode: CookieMode): number {
  const index = siteCookie('chats', mode).name
  if (place.kind === 'root' && !jar.has(index)) return MAX_COOKIE_LINE_BYTES
  const others = jar.bytesBut([chatCookie(place, mode).name, index]) + MAX_INDEX_LINE_BYTES
  const beside = place.kind === 'root' ? MAX_COOKIE_LINE_BYTES : 0
  const room = MAX_COOKIE_HEADER_BYTES - others - beside
  return Math.min(MAX_COOKIE_LINE_BYTES, Math.max(MIN_COOKIE_LINE_BYTES, room))
}

/** 32 digits, base 16. */
async function hexDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const bytes = [...new Uint8Array(digest, 0, 16)]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
