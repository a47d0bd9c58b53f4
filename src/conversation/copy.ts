/**
 * Copies of a conversation: what another one begins with, and what anyone may read.
 *
 *     of a conversation      turns 1 2 3 4 5
 *     fork before turn 4     turns 1 2 3          a new conversation; the old one stays
 *     shared                 turns 1 2 3 4 5      one value in the store, under 128 random bits
 */

import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Archive } from './archive/archive.ts'
import { encodeSegment, parseSegment } from './codec.ts'
import { type Conversation, secondsLeft } from './conversation.ts'
import { titleOf } from './title.ts'
import { countChars, type SavedTurn } from './turn.ts'

/**
 * Longest text of a copy: all of it escaped, it is not more than a signed value may hold. A longer
 * conversation is copied from its newest turns.
 */
const MAX_COPY_CHARS = 250_000

export interface Copied {
  /** Oldest first. */
  readonly turns: readonly SavedTurn[]
  /** How many messages are left out at the beginning. */
  readonly leftOut: number
}

export type Copying =
  | { readonly kind: 'copied'; readonly copied: Copied }
  /** The conversation has no such turn. */
  | { readonly kind: 'absent' }
  /** Some of it cannot be read at the moment. */
  | { readonly kind: 'unreadable' }

/** The whole conversation, as much of its end as a copy may hold. */
async function copyAll(archive: Archive, conversation: Conversation): Promise<Copying> {
  const kept = createNewest(conversation.forgotten)
  for await (const passage of archive.readAll(conversation)) {
    if (passage.kind === 'unreadable') return passage
    for (const turn of passage.turns) kept.add(turn)
  }
  return { kind: 'copied', copied: kept.copied() }
}

/** The turns before one of them. */
export async function copyBefore(
  archive: Archive,
  conversation: Conversation,
  turnId: string,
): Promise<Copying> {
  const kept = createNewest(conversation.forgotten)
  for await (const passage of archive.readAll(conversation)) {
    if (passage.kind === 'unreadable') return passage
    for (const turn of passage.turns) {
      if (turn.id === turnId) return { kind: 'copied', copied: kept.copied() }
      kept.add(turn)
    }
  }
  return { kind: 'absent' }
}

/** Keeps the newest turns that fit into a copy. */
function createNewest(forgotten: number) {
  let turns: SavedTurn[] = []
  let chars = 0
  let leftOut = forgotten
  return {
    add(turn: SavedTurn): void {
      turns.push(turn)
      chars += countChars([turn])
      let first = 0
      for (; chars > MAX_COPY_CHARS && first < turns.length - 1; first++) {
        chars -= countChars(turns.slice(first, first + 1))
      }
      if (first === 0) return
      turns = turns.slice(first)
      leftOut += 2 * first
    },
    copied: (): Copied => ({ turns, leftOut }),
  }
}

/** What anyone may read who has its address. */
export interface SharedCopy {
  readonly title: string
  readonly turns: readonly SavedTurn[]
  /** How many messages of the conversation are not in it. */
  readonly leftOut: number
  /** In seconds since 1970. */
  readonly sharedAt: number
  /** With the conversation, whose owner could not end it later. */
  readonly endsAt: number
}

export type Publishing =
  | { readonly kind: 'shared'; readonly key: string }
  /** The store did not take it, or did not give all of the conversation. */
  | { readonly kind: 'failed' }

export type Reading =
  | { readonly kind: 'read'; readonly copy: SharedCopy }
  /** There is none, or it has ended. */
  | { readonly kind: 'absent' }
  /** The store cannot be read at the moment. */
  | { readonly kind: 'unreadable' }

export interface Shares {
  /** False where there is no store, or the owner does not want it. */
  readonly isPossible: boolean
  publish(archive: Archive, conversation: Conversation): Promise<Publishing>
  read(key: string): Promise<Reading>
  /** False when the store could not be told. */
  end(key: string): Promise<boolean>
}

export interface SharesOptions {
  /**
   * Takes and gives plain text; null when there is none, or nothing may be shared. It remembers
   * nothing: a copy that was ended has ended everywhere.
   */
  readonly store: Store | null
  readonly log: Log
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The only value under a copy's key. */
const VALUE = 'copy'
const VERSION = 1
/** 128 random bits, base 16. */
export const SHARE_PATTERN = '[0-9a-f]{32}'

export function createShares({ store, log, maxAgeSeconds, now }: SharesOptions): Shares {
  const failed = (operation: string, error: unknown): void =>
    log('error', 'store_failed', { operation, detail: String(error) })
  return {
    isPossible: store !== null,

    async publish(archive, conversation) {
      const copying = await copyAll(archive, conversation)
      if (!store || copying.kind !== 'copied') return { kind: 'failed' }
      const key = randomKey()
      const { turns, leftOut } = copying.copied
      const sharedAt = Math.floor(now() / 1000)
      const seconds = secondsLeft(conversation, sharedAt, maxAgeSeconds)
      const copy = { title: titleOf(conversation), turns, leftOut, sharedAt }
      const value = encodeCopy({ ...copy, endsAt: sharedAt + seconds })
      try {
        await store.put(key, VALUE, value, seconds)
        return { kind: 'shared', key }
      } catch (error) {
        failed('put', error)
        return { kind: 'failed' }
      }
    },

    async read(key) {
      try {
        const value = (await store?.get(key, VALUE)) ?? null
        const copy = value === null ? null : parseCopy(value)
        const isAlive = copy !== null && copy.endsAt > now() / 1000
        return isAlive ? { kind: 'read', copy } : { kind: 'absent' }
      } catch (error) {
        failed('get', error)
        return { kind: 'unreadable' }
      }
    },

    async end(key) {
      try {
        await store?.deleteAll(key, [VALUE])
        return true
      } catch (error) {
        failed('delete', error)
        return false
      }
    },
  }
}

function randomKey(): string {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function encodeCopy({ title, turns, leftOut, sharedAt, endsAt }: SharedCopy): string {
  const segment = encodeSegment({ before: [], turns })
  return JSON.stringify([VERSION, title, sharedAt, endsAt, leftOut, segment])
}

/** Null for what no version wrote. */
function parseCopy(text: string): SharedCopy | null {
  // Its layers have checked the signature, so it is JSON of ours.
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value)) return null
  const [version, title, sharedAt, endsAt, leftOut, segment]: readonly unknown[] = value
  if (version !== VERSION || typeof title !== 'string' || typeof segment !== 'string') return null
  if (typeof sharedAt !== 'number' || typeof endsAt !== 'number') return null
  const turns = parseSegment(segment)?.turns
  return turns && typeof leftOut === 'number' ? { title, turns, leftOut, sharedAt, endsAt } : null
}
