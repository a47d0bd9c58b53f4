/**
 * The session cookie: which name and attributes it has, reading it and writing it. What it holds is
 * a conversation, or as much of one as fits; `fitting.ts` sees to that.
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

/** Longest `Set-Cookie` line in bytes; the line is ASCII, so characters are bytes. */
export const MAX_COOKIE_LINE_BYTES = 4093
/** Text that says the same again and again packs very small, but unpacking costs every request. */
const MAX_PAYLOAD_CHARS = 128 * 1024
const PURPOSE = 'session'
/** Browsers send few cookies of one name; a longer list is somebody playing. */
const MAX_CANDIDATES = 4

/**
 * How the page reached us.
 *
 * - `secure`: by HTTPS.
 * - `plain`: by HTTP on a private host, where browsers would drop a `Secure` cookie.
 * - `embedded`: from another site that is allowed to call (CHIPS, RFC 6265bis and the `Partitioned`
 *   attribute). By HTTPS, or by HTTP on the own machine, from which browsers take a `Secure`
 *   cookie.
 */
export type CookieMode = 'secure' | 'plain' | 'embedded'

const NAMES: Readonly<Record<CookieMode, string>> = {
  secure: '__Host-chat',
  embedded: '__Host-chat',
  plain: 'chat_dev',
}

const ATTRIBUTES: Readonly<Record<CookieMode, string>> = {
  secure: 'Path=/; HttpOnly; Secure; SameSite=Lax',
  embedded: 'Path=/; HttpOnly; Secure; SameSite=None; Partitioned',
  plain: 'Path=/; HttpOnly; SameSite=Lax',
}

export interface SessionCookies {
  /** Reads a `Cookie` header; null when it holds no conversation that is ours, whole and alive. */
  load(cookieHeader: string, mode: CookieMode): Promise<Conversation | null>
  /**
   * Seals a conversation into a cookie. What does not fit is in the archive before that names it.
   */
  save(conversation: Conversation, mode: CookieMode): Promise<Sealed>
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
    enoughLineBytes: number,
  ): Promise<Sealed | null> {
    // Very many receipts may have come: what is much too large is not even encoded.
    if (countChars(conversation.turns) > MAX_PAYLOAD_CHARS) return null
    const payload = encodeConversation(conversation)
    if (payload.length > MAX_PAYLOAD_CHARS) return null
    const name = NAMES[mode]
    const attributes = `; Max-Age=${ttlSeconds(conversation)}; ${ATTRIBUTES[mode]}`
    const plainChars = enoughLineBytes - name.length - 1 - attributes.length
    const token = await tokens.seal(PURPOSE, name, payload, plainChars)
    return { conversation, line: `${name}=${token}${attributes}` }
  }

  return {
    async load(cookieHeader, mode) {
      for (const value of valuesOf(cookieHeader, NAMES[mode]).slice(0, MAX_CANDIDATES)) {
        const payload = await tokens.open(PURPOSE, NAMES[mode], value)
        const conversation =
          payload === null ? null : parseConversation(payload, nowSeconds(), maxAgeSeconds)
        if (conversation) return conversation
      }
      return null
    },

    save: (conversation, mode) =>
      createFitting({
        seal: (candidate, enough) => seal(candidate, mode, enough),
        move: (from, turns) => archive.add(from, turns, ttlSeconds(from)),
        maxLineBytes: MAX_COOKIE_LINE_BYTES,
        maxChars: MAX_PAYLOAD_CHARS,
      }).fit(conversation),

    start: () => startConversation(nowSeconds()),

    movingTo: (view) => createSessionCookies({ ...options, archive: view }),
  }
}

/**
 * All values of one name in a `Cookie` header, in order. A browser may hold several, from other
 * paths or set by others.
 */
function valuesOf(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
}
