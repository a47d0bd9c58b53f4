/**
 * The session cookie: reading it and writing it. What it holds is a conversation, or as much of one
 * as fits; `fitting.ts` sees to that. Its name and path follow from the place, in `place.ts`.
 *
 *     __Host-chat=1.<body>.<mac>; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax
 *
 * Limits: browsers refuse name and value of more than 4,096 bytes together (RFC 6265bis §5.6), and
 * silently keep the old cookie. Some libraries count the whole line, so the whole line stays within
 * 4,093. A signed cookie can be read by its owner and replayed until it expires: starting over
 * cannot revoke a copy made before.
 */

import type { Archive } from '../conversation/archive/archive.ts'
import { encodeConversation, parseConversation } from '../conversation/codec.ts'
import { type Conversation, secondsLeft, startConversation } from '../conversation/conversation.ts'
import { countChars } from '../conversation/turn.ts'
import type { Tokens } from '../signing/tokens.ts'
import { createFitting, type Sealed } from './fitting.ts'
import {
  attributesOf,
  type CookieMode,
  type CookieName,
  chatCookie,
  type Place,
  ROOT,
  tokenName,
  valuesOf,
} from './place.ts'

/** Longest `Set-Cookie` line in bytes; the line is ASCII, so characters are bytes. */
export const MAX_COOKIE_LINE_BYTES = 4093
/** Text that says the same again and again packs very small, but unpacking costs every request. */
const MAX_PAYLOAD_CHARS = 128 * 1024
const PURPOSE = 'session'
export interface SessionCookies {
  /**
   * Reads a `Cookie` header; null when it holds no conversation that is ours, whole and alive.
   *
   * @param place the root unless given
   */
  load(cookieHeader: string, mode: CookieMode, place?: Place): Promise<Conversation | null>
  /**
   * Seals a conversation into a cookie. What does not fit is in the archive before that names it.
   *
   * @param place the root unless given
   * @param maxLineBytes as many as a browser takes unless given
   */
  save(
    conversation: Conversation,
    mode: CookieMode,
    place?: Place,
    maxLineBytes?: number,
  ): Promise<Sealed>
  /** An empty conversation that begins now. */
  start(): Conversation
  /** The same cookies, whose turns move to another view of the archive. */
  movingTo(archive: Archive): SessionCookies
}

export interface SessionCookieOptions {
  readonly tokens: Tokens
  readonly archive: Archive
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createSessionCookies(options: SessionCookieOptions): SessionCookies {
  const { tokens, archive, maxAgeSeconds, now } = options
  const nowSeconds = (): number => Math.floor(now() / 1000)
  const ttlSeconds = (conversation: Conversation): number =>
    Math.max(0, secondsLeft(conversation, nowSeconds(), maxAgeSeconds))

  async function seal(
    conversation: Conversation,
    mode: CookieMode,
    cookie: CookieName,
    enoughLineBytes: number,
  ): Promise<Sealed | null> {
    // Very many receipts may have come: what is much too large is not even encoded.
    if (countChars(conversation.turns) > MAX_PAYLOAD_CHARS) return null
    const payload = encodeConversation(conversation)
    if (payload.length > MAX_PAYLOAD_CHARS) return null
    const attributes = attributesOf(cookie, mode, ttlSeconds(conversation))
    const plainChars = enoughLineBytes - cookie.name.length - 1 - attributes.length
    const token = await tokens.seal(PURPOSE, tokenName(cookie), payload, plainChars)
    return { conversation, line: `${cookie.name}=${token}${attributes}` }
  }

  return {
    async load(cookieHeader, mode, place = ROOT) {
      const cookie = chatCookie(place, mode)
      for (const value of valuesOf(cookieHeader, cookie.name)) {
        const payload = await tokens.open(PURPOSE, tokenName(cookie), value)
        const conversation =
          payload === null ? null : parseConversation(payload, nowSeconds(), maxAgeSeconds)
        if (conversation) return conversation
      }
      return null
    },

    save(conversation, mode, place = ROOT, maxLineBytes = MAX_COOKIE_LINE_BYTES) {
      const cookie = chatCookie(place, mode)
      return createFitting({
        seal: (candidate, enough) => seal(candidate, mode, cookie, enough),
        move: (from, turns) => archive.add(from, turns, ttlSeconds(from)),
        maxLineBytes,
        maxChars: MAX_PAYLOAD_CHARS,
      }).fit(conversation)
    },

    start: () => startConversation(nowSeconds()),

    movingTo: (view) => createSessionCookies({ ...options, archive: view }),
  }
}
