/**
 * Parked conversations: those not used for the longest, when a browser has more than it should keep
 * cookies for. What the cookie held is written to the store, and opens from there as before.
 *
 *     __Host-parked ── shelf k2: [D, C] ── shelf k1: [B, A]       a shelf names the older one
 *                            │
 *                            └── D ── what D's cookie held
 *
 *     in use ── park: written, on the shelf ──► both ── park, 15 s later: it is seen ──► parked
 *        ▲                                                                                │
 *        └───────────────────────── opened: its cookie is set again ◄─────────────────────┘
 *
 * A cookie goes only when a request has shown that the browser holds the shelf with it, and some
 * seconds after that was written: an answer that was on its way meanwhile could overwrite the shelf.
 * Shelves never change: a new one is written under a key that comes from what it holds. The newest
 * entry of a conversation counts. A shelf that is not there any more has ended with all that was on
 * it; one that cannot be read now is told apart from that.
 */

import { encodeConversation, parseConversation } from '../conversation/codec.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { Log } from '../log.ts'
import { toBase64Url } from '../signing/base64url.ts'
import type { Store } from '../store/store.ts'
import type { IndexEntry } from './conversation-index.ts'

/** A shelf in the store. */
export interface ShelfName {
  /** Empty for none. */
  readonly key: string
  /** When it was written, in seconds since 1970. */
  readonly at: number
}

/** The newest shelf of a visitor. */
export interface Shelf extends ShelfName {
  /** 32 digits, base 16. */
  readonly visitor: string
}

export interface ParkedEntry extends IndexEntry {
  readonly conversationId: string
  /** Where the store has what its cookie held; empty for one that was deleted. */
  readonly key: string
  /** In seconds since 1970. */
  readonly parkedAt: number
}

/** What a shelf could tell. */
export type Parked<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  /** The store cannot be read at the moment. */
  | { readonly kind: 'unreadable' }

/** What is parked, as far as the store shows it. */
export type ParkedList =
  | {
      readonly kind: 'read'
      readonly value: readonly ParkedEntry[]
      /** False when a shelf is missing that has not ended: a store may show it late. */
      readonly isWhole: boolean
    }
  | { readonly kind: 'unreadable' }

export interface Parking {
  /** False where there is no store: then nothing can be parked. */
  readonly isPossible: boolean
  /** All that are parked. */
  list(shelf: Shelf): Promise<ParkedList>
  /** What the conversation's cookie held. */
  open(entry: ParkedEntry): Promise<Parked<Conversation>>
  /** The shelf with the conversation on it; null when it could not be written. */
  add(shelf: Shelf, entry: IndexEntry, conversation: Conversation): Promise<Shelf | null>
  /** The shelf without it; null when that could not be written. */
  remove(shelf: Shelf, entry: ParkedEntry): Promise<Shelf | null>
  /** True when the shelf has all that the conversation's cookie holds. */
  isUpToDate(entry: ParkedEntry, conversation: Conversation): Promise<boolean>
  /** True when no answer on its way can overwrite the shelf with this entry any more. */
  isSafe(entry: ParkedEntry): boolean
}

export interface ParkingOptions {
  /** Takes and gives plain text; null when there is none. */
  readonly store: Store | null
  readonly log: Log
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How long after it was put on the shelf a conversation keeps its cookie. 15 unless given. */
  readonly safeAfterSeconds?: number
}

/** No answer that sets the shelf's cookie takes longer: a store's write may take 5 s. */
const SAFE_AFTER_SECONDS = 15
/** Each parking writes a shelf anew: a long one would cost much. */
const MAX_SHELF_ENTRIES = 40
/** More than any visitor has; it bounds the reading. */
const MAX_SHELVES = 100
const KEY_BYTES = 9
const VERSION = 1

interface ShelfValue {
  readonly entries: readonly ParkedEntry[]
  readonly older: ShelfName
}

const NO_NAME: ShelfName = { key: '', at: 0 }
/** Nothing was ever parked. */
const NO_SHELF: Parked<ShelfValue> = { kind: 'read', value: { entries: [], older: NO_NAME } }

export function createParking(options: ParkingOptions): Parking {
  const { store, log, maxAgeSeconds, now, safeAfterSeconds = SAFE_AFTER_SECONDS } = options
  const nowSeconds = (): number => Math.floor(now() / 1000)

  /** The value, null where there is none. */
  async function read(namespace: string, key: string): Promise<Parked<string | null>> {
    try {
      return { kind: 'read', value: (await store?.get(namespace, key)) ?? null }
    } catch (error) {
      log('warn', 'store_failed', { operation: 'get', detail: String(error) })
      return { kind: 'unreadable' }
    }
  }

  /** False when nobody knows that it was written. */
  async function write(namespace: string, key: string, value: string): Promise<boolean> {
    try {
      await store?.put(namespace, key, value, maxAgeSeconds)
      return store !== null
    } catch (error) {
      log('error', 'store_failed', { operation: 'put', detail: String(error) })
      const there = await read(namespace, key)
      return there.kind === 'read' && there.value === value
    }
  }

  /** Null for a shelf that is not there any more. */
  async function readShelf(visitor: string, key: string): Promise<Parked<ShelfValue | null>> {
    const there = await read(visitor, key)
    return there.kind === 'read' ? { kind: 'read', value: parseShelf(there.value) } : there
  }

  /** Puts an entry before all others. */
  async function put({ visitor, ...name }: Shelf, entry: ParkedEntry): Promise<Shelf | null> {
    const { key } = name
    const newest = key === '' ? NO_SHELF : await readShelf(visitor, key)
    if (newest.kind === 'unreadable') return null
    const others = newest.value?.entries.filter(({ id }) => id !== entry.id) ?? []
    // A store may show a new shelf late: it stays in the chain.
    const hasRoom = newest.value !== null && others.length < MAX_SHELF_ENTRIES
    const value = encodeShelf(
      hasRoom
        ? { entries: [entry, ...others], older: newest.value.older }
        : { entries: [entry], older: name },
    )
    const written = await hash(visitor, value)
    const isWritten = await write(visitor, written, value)
    return isWritten ? { visitor, key: written, at: nowSeconds() } : null
  }

  return {
    isPossible: store !== null,

    async list({ visitor, ...newest }) {
      const found = new Map<string, ParkedEntry>()
      let isWhole = true
      let next: ShelfName = newest
      for (let i = 0; i < MAX_SHELVES && next.key !== ''; i++) {
        const shelf = await readShelf(visitor, next.key)
        if (shelf.kind === 'unreadable') return shelf
        if (!shelf.value && next.at + maxAgeSeconds > nowSeconds()) isWhole = false
        for (const entry of shelf.value?.entries ?? []) {
          if (!found.has(entry.id)) found.set(entry.id, entry)
        }
        next = shelf.value?.older ?? NO_NAME
      }
      const isAlive = ({ key: own, startedAt }: ParkedEntry): boolean =>
        own !== '' && startedAt + maxAgeSeconds > nowSeconds()
      return { kind: 'read', value: [...found.values()].filter(isAlive), isWhole }
    },

    async open({ conversationId, key }) {
      const there = await read(conversationId, key)
      const payload = there.kind === 'read' ? (there.value ?? '') : ''
      const conversation = parseConversation(payload, nowSeconds(), maxAgeSeconds)
      return conversation ? { kind: 'read', value: conversation } : { kind: 'unreadable' }
    },

    async add(shelf, entry, conversation) {
      const key = await keyOf(conversation)
      const isWritten = await write(conversation.id, key, encodeConversation(conversation))
      const parked = { ...entry, conversationId: conversation.id, key, parkedAt: nowSeconds() }
      return isWritten ? put(shelf, parked) : null
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

    isUpToDate,

    isSafe: ({ parkedAt }) => nowSeconds() - parkedAt >= safeAfterSeconds,
  }
}

async function isUpToDate({ key }: ParkedEntry, conversation: Conversation): Promise<boolean> {
  return key === (await keyOf(conversation))
}

/** Where the store has what the cookie holds. */
function keyOf(conversation: Conversation): Promise<string> {
  return hash(conversation.id, encodeConversation(conversation))
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
    entries.map(({ id, startedAt, title, conversationId, key, parkedAt, shared }) => [
      id,
      startedAt,
      title,
      conversationId,
      key,
      parkedAt,
      ...(shared === undefined ? [] : [shared]),
    ]),
    older.key,
    older.at,
  ])
}

/** Null for what no version wrote. */
function parseShelf(text: string | null): ShelfValue | null {
  if (text === null) return null
  // Its layers have checked the signature: another version of ours wrote what is not like this.
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value)) return null
  const [version, list, key, at]: readonly unknown[] = value
  if (version !== VERSION || !Array.isArray(list)) return null
  if (typeof key !== 'string' || typeof at !== 'number') return null
  const entries = list.map(parseEntry)
  return entries.every((entry) => entry !== null) ? { entries, older: { key, at } } : null
}

function parseEntry(value: unknown): ParkedEntry | null {
  if (!Array.isArray(value)) return null
  const [id, startedAt, title, conversationId, key, parkedAt, shared]: readonly unknown[] = value
  if (typeof startedAt !== 'number' || typeof parkedAt !== 'number') return null
  if (typeof id !== 'string' || typeof title !== 'string') return null
  if (typeof conversationId !== 'string' || typeof key !== 'string') return null
  const entry = { id, startedAt, title, conversationId, key, parkedAt }
  return typeof shared === 'string' ? { ...entry, shared } : entry
}
