/**
 * The cookie of the index: which conversations this browser has.
 *
 *     __Host-chats=1.<body>.<mac>; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax
 *     body: [1, "<visitor>", [["<id>", 1767225600, "Compound interest", "9f86d0"], …]]
 *           the last is the beginning of the key of its shared copy
 *
 * It goes along with every request, so its line stays within 2,048 bytes: titles are shortened, all
 * alike, until it fits. What still does not fit, the conversations not used for the longest, leaves
 * the list; their own cookies stay, and their next answer puts them back.
 */

import type { Tokens } from '../signing/tokens.ts'
import {
  type ConversationIndex,
  type IndexEntry,
  withoutOlder,
  withShortTitles,
} from './conversation-index.ts'
import { attributesOf, type CookieMode, siteCookie, tokenName, valuesOf } from './place.ts'

/** Longest `Set-Cookie` line in bytes. */
export const MAX_INDEX_LINE_BYTES = 2048

const NAME = 'chats'
const PURPOSE = 'index'
const VERSION = 1
const TITLE_CHARS = [80, 60, 48, 40, 32, 26, 20, 15, 10, 6, 3, 0] as const
const VISITOR = /^[0-9a-f]{32}$/
const ID = /^[\w-]{16}$/

export interface IndexCookies {
  /** The conversations that have not ended; null when the header holds no index of ours. */
  load(cookieHeader: string, mode: CookieMode): Promise<ConversationIndex | null>
  /** The whole value of the `Set-Cookie` header. */
  line(index: ConversationIndex, mode: CookieMode): Promise<string>
}

export interface IndexCookiesOptions {
  readonly tokens: Tokens
  /** A conversation's; with each new one the index begins to age anew. */
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createIndexCookies({
  tokens,
  maxAgeSeconds,
  now,
}: IndexCookiesOptions): IndexCookies {
  async function seal(index: ConversationIndex, mode: CookieMode): Promise<string> {
    const cookie = siteCookie(NAME, mode)
    const token = await tokens.seal(PURPOSE, tokenName(cookie), encodeIndex(index))
    return `${cookie.name}=${token}${attributesOf(cookie, mode, maxAgeSeconds)}`
  }

  return {
    async load(cookieHeader, mode) {
      const cookie = siteCookie(NAME, mode)
      for (const value of valuesOf(cookieHeader, cookie.name)) {
        const payload = await tokens.open(PURPOSE, tokenName(cookie), value)
        const index = payload === null ? null : parseIndex(payload)
        if (index) return withoutOlder(index, Math.floor(now() / 1000) - maxAgeSeconds)
      }
      return null
    },

    async line(index, mode) {
      for (const chars of TITLE_CHARS) {
        const line = await seal(withShortTitles(index, chars), mode)
        if (line.length <= MAX_INDEX_LINE_BYTES) return line
      }
      let { entries } = withShortTitles(index, 0)
      for (;;) {
        entries = entries.slice(0, -1)
        const line = await seal({ ...index, entries }, mode)
        if (line.length <= MAX_INDEX_LINE_BYTES || entries.length === 0) return line
      }
    },
  }
}

function encodeIndex({ visitor, entries }: ConversationIndex): string {
  return JSON.stringify([
    VERSION,
    visitor,
    entries.map(({ id, startedAt, title, shared }) => [
      id,
      startedAt,
      title,
      ...(shared === undefined ? [] : [shared]),
    ]),
  ])
}

/** Null for what no version wrote. */
function parseIndex(payload: string): ConversationIndex | null {
  const fields = parseList(payload)
  const [version, visitor, list] = fields
  if (version !== VERSION || typeof visitor !== 'string' || !VISITOR.test(visitor)) return null
  if (!Array.isArray(list)) return null
  const entries = list.map(parseEntry)
  return entries.every((entry) => entry !== null) ? { visitor, entries } : null
}

function parseEntry(value: unknown): IndexEntry | null {
  if (!Array.isArray(value)) return null
  const [id, startedAt, title, shared]: readonly unknown[] = value
  if (typeof id !== 'string' || !ID.test(id) || typeof title !== 'string') return null
  if (typeof startedAt !== 'number' || !Number.isSafeInteger(startedAt)) return null
  return { id, startedAt, title, ...(typeof shared === 'string' && { shared }) }
}

function parseList(payload: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(payload)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
