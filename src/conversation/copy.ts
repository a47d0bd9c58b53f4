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
import type { Conversation } from './conversation.ts'
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
  /** How many turns could not be read at the moment. */
  readonly unreadable: number
}

export type Fork =
  | { readonly kind: 'copied'; readonly copied: Copied }
  /** The conversation has no such turn. */
  | { readonly kind: 'absent' }

/** The whole conversation, as much of its end as a copy may hold. */
async function copyAll(archive: Archive, conversation: Conversation): Promise<Copied> {
  const kept = createNewest(conversation.forgotten)
  for await (const passage of archive.readAll(conversation)) {
    if (passage.kind === 'unreadable') kept.miss(passage.count)
    else for (const turn of passage.turns) kept.add(turn)
  }
  return kept.copied()
}

/** The turns before one of them. */
export async function copyBefore(
  archive: Archive,
  conversation: Conversation,
  turnId: string,
): Promise<Fork> {
  const kept = createNewest(conversation.forgotten)
  for await (const passage of archive.readAll(conversation)) {
    if (passage.kind === 'unreadable') {
      kept.miss(passage.count)
      continue
    }
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
  let unreadable = 0
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
    miss(count: number): void {
      unreadable += count
    },
    copied: (): Copied => ({ turns, leftOut, unreadable }),
  }
}

/** What anyone may read who has its address. */
export interface SharedCopy {
  readonly title: string
  readonly turns: readonly SavedTurn[]
  /** In seconds since 1970. */
  readonly sharedAt: number
  readonly endsAt: number
}

export type Publishing =
  | { readonly kind: 'shared'; readonly key: string }
  /** The store did not take it. */
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
  /** Takes and gives plain text; null when there is none, or nothing may be shared. */
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
      if (!store) return { kind: 'failed' }
      const key = crypto.randomUUID().replaceAll('-', '')
      const { turns } = await copyAll(archive, conversation)
      const sharedAt = Math.floor(now() / 1000)
      const segment = encodeSegment({ before: [], turns })
      const value = JSON.stringify([VERSION, titleOf(conversation), sharedAt, segment])
      try {
        await store.put(key, VALUE, value, maxAgeSeconds)
        return { kind: 'shared', key }
      } catch (error) {
        failed('put', error)
        return { kind: 'failed' }
      }
    },

    async read(key) {
      try {
        const value = (await store?.get(key, VALUE)) ?? null
        const copy = value === null ? null : parseCopy(value, maxAgeSeconds)
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

/** Null for what no version wrote. */
function parseCopy(text: string, maxAgeSeconds: number): SharedCopy | null {
  // Its layers have checked the signature, so it is JSON of ours.
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value)) return null
  const [version, title, sharedAt, segment]: readonly unknown[] = value
  if (version !== VERSION || typeof title !== 'string') return null
  if (typeof sharedAt !== 'number' || typeof segment !== 'string') return null
  const turns = parseSegment(segment)?.turns
  return turns ? { title, turns, sharedAt, endsAt: sharedAt + maxAgeSeconds } : null
}
