/**
 * Parked conversations: those not used for the longest, when a browser has more than it should keep
 * cookies for. What the cookie held is written to the store, and opens from there as before.
 *
 *     __Host-parked ── shelf k2: [D, C] ── shelf k1: [B, A]       a shelf names the older one
 *                            │
 *                            └── D ── what D's cookie held
 *
 *     in use ── park: written, on the shelf ──► both ── park again: the shelf is seen ──► parked
 *        ▲                                                                                  │
 *        └────────────────────────── opened: its cookie is set again ◄──────────────────────┘
 *
 * A cookie goes only when a request has shown that the browser holds the shelf with it. So an
 * answer that overwrites the shelf loses nothing. Shelves never change: a new one is written under
 * a key that comes from what it holds. The newest entry of a conversation counts.
 */

import { encodeConversation, parseConversation } from '../conversation/codec.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { Log } from '../log.ts'
import { toBase64Url } from '../signing/base64url.ts'
import type { Store } from '../store/store.ts'
import type { IndexEntry } from './conversation-index.ts'

export interface Shelf {
  /** 32 digits, base 16. */
  readonly visitor: string
  /** Of the newest shelf in the store; empty when nothing was ever parked. */
  readonly key: string
}

export interface ParkedEntry extends IndexEntry {
  readonly conversationId: string
  /** Where the store has what its cookie held; empty for one that was deleted. */
  readonly key: string
}

/** What a shelf could tell. */
export type Parked<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  /** The store cannot be read at the moment. */
  | { readonly kind: 'unreadable' }

export interface Parking {
  /** False where there is no store: then nothing can be parked. */
  readonly isPossible: boolean
  /** All that are parked. */
  list(shelf: Shelf): Promise<Parked<readonly ParkedEntry[]>>
  /** What the conversation's cookie held. */
  open(entry: ParkedEntry): Promise<Parked<Conversation>>
  /** The shelf with the conversation on it; null when it could not be written. */
  add(shelf: Shelf, entry: IndexEntry, conversation: Conversation): Promise<Shelf | null>
  /** The shelf without it; null when that could not be written. */
  remove(shelf: Shelf, entry: ParkedEntry): Promise<Shelf | null>
  /** The key of what the cookie holds, by which an entry tells whether it is up to date. */
  keyOf(conversation: Conversation): Promise<string>
}

export interface ParkingOptions {
  /** Takes and gives plain text; null when there is none. */
  readonly store: Store | null
  readonly log: Log
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Each parking writes a shelf anew: a long one would cost much. */
const MAX_SHELF_ENTRIES = 40
/** More than any visitor has; it bounds the reading. */
const MAX_SHELVES = 100
const KEY_BYTES = 9
const VERSION = 1

interface ShelfValue {
  readonly entries: readonly ParkedEntry[]
  readonly older: string
}

const EMPTY: ShelfValue = { entries: [], older: '' }

export function createParking({ store, log, maxAgeSeconds, now }: ParkingOptions): Parking {
  const nowSeconds = (): number => Math.floor(now() / 1000)

  async function read(namespace: string, key: string): Promise<string | null> {
    try {
      return (await store?.get(namespace, key)) ?? null
    } catch (error) {
      log('warn', 'store_failed', { operation: 'get', detail: String(error) })
      return null
    }
  }

  /** False when nobody knows that it was written. */
  async function write(namespace: string, key: string, value: string): Promise<boolean> {
    try {
      await store?.put(namespace, key, value, maxAgeSeconds)
      return store !== null
    } catch (error) {
      log('error', 'store_failed', { operation: 'put', detail: String(error) })
      return (await read(namespace, key)) === value
    }
  }

  /** Null when it cannot be read. */
  async function readShelf({ visitor, key }: Shelf): Promise<ShelfValue | null> {
    if (key === '') return EMPTY
    return parseShelf((await read(visitor, key)) ?? '')
  }

  /** Puts an entry before all others. */
  async function put(shelf: Shelf, entry: ParkedEntry): Promise<Shelf | null> {
    const newest = await readShelf(shelf)
    if (!newest) return null
    const others = newest.entries.filter(({ id }) => id !== entry.id)
    const isFull = others.length >= MAX_SHELF_ENTRIES
    const value = encodeShelf(
      isFull
        ? { entries: [entry], older: shelf.key }
        : { entries: [entry, ...others], older: newest.older },
    )
    const key = await hash(shelf.visitor, value)
    return (await write(shelf.visitor, key, value)) ? { ...shelf, key } : null
  }

  const keyOf = (conversation: Conversation): Promise<string> =>
    hash(conversation.id, encodeConversation(conversation))

  return {
    isPossible: store !== null,
    keyOf,

    async list(shelf) {
      const found = new Map<string, ParkedEntry>()
      let { key } = shelf
      for (let i = 0; i < MAX_SHELVES && key !== ''; i++) {
        const value = await readShelf({ ...shelf, key })
        if (!value) return { kind: 'unreadable' }
        for (const entry of value.entries) if (!found.has(entry.id)) found.set(entry.id, entry)
        key = value.older
      }
      const isAlive = ({ key: own, startedAt }: ParkedEntry): boolean =>
        own !== '' && startedAt + maxAgeSeconds > nowSeconds()
      return { kind: 'read', value: [...found.values()].filter(isAlive) }
    },

    async open({ conversationId, key }) {
      const payload = await read(conversationId, key)
      const conversation = parseConversation(payload ?? '', nowSeconds(), maxAgeSeconds)
      return conversation ? { kind: 'read', value: conversation } : { kind: 'unreadable' }
    },

    async add(shelf, entry, conversation) {
      const key = await keyOf(conversation)
      const isWritten = await write(conversation.id, key, encodeConversation(conversation))
      return isWritten ? put(shelf, { ...entry, conversationId: conversation.id, key }) : null
    },

    async remove(shelf, entry) {
      const rest = await put(shelf, { ...entry, title: '', key: '' })
      if (rest) {
        await store?.deleteAll(entry.conversationId, [entry.key]).catch((error: unknown) => {
          log('error', 'store_failed', { operation: 'delete', detail: String(error) })
        })
      }
      return rest
    },
  }
}

/** The same for the same text in one place. */
async function hash(namespace: string, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${namespace}\n${text}`)
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return toBase64Url(new Uint8Array(digest, 0, KEY_BYTES))
}

function encodeShelf({ entries, older }: ShelfValue): string {
  return JSON.stringify([
    VERSION,
    entries.map(({ id, startedAt, title, conversationId, key, shared }) => [
      id,
      startedAt,
      title,
      conversationId,
      key,
      ...(shared === undefined ? [] : [shared]),
    ]),
    older,
  ])
}

/** Null for what no version wrote. */
function parseShelf(text: string): ShelfValue | null {
  if (text === '') return null
  // Its layers have checked the signature: another version of ours wrote what is not like this.
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value)) return null
  const [version, list, older]: readonly unknown[] = value
  if (version !== VERSION || !Array.isArray(list) || typeof older !== 'string') return null
  const entries = list.map(parseEntry)
  return entries.every((entry) => entry !== null) ? { entries, older } : null
}

function parseEntry(value: unknown): ParkedEntry | null {
  if (!Array.isArray(value)) return null
  const [id, startedAt, title, conversationId, key, shared]: readonly unknown[] = value
  if (typeof startedAt !== 'number') return null
  if (typeof id !== 'string' || typeof title !== 'string') return null
  if (typeof conversationId !== 'string' || typeof key !== 'string') return null
  const entry = { id, startedAt, title, conversationId, key }
  return typeof shared === 'string' ? { ...entry, shared } : entry
}
