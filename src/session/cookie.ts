/**
 * The session cookie: which name and attributes it has, reading it, and making the state fit into it.
 *
 *     __Host-chat=1.<body>.<mac>; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax
 *
 * Limits: browsers refuse name and value of more than 4,096 bytes together (RFC 6265bis §5.6), silently keeping the old
 * cookie; some libraries count the whole line, so the whole line stays within 4,093. A signed cookie can be read by its
 * owner and replayed until it expires: starting over cannot revoke a copy made before.
 */

import {
  encodeState,
  keepNewest,
  newState,
  parseState,
  type SessionState,
  secondsLeft,
} from './state.ts'
import type { Tokens } from './token.ts'

/** Longest `Set-Cookie` line in bytes; the line is ASCII, so characters are bytes. */
export const MAX_COOKIE_LINE_BYTES = 4093

const PURPOSE = 'session'
/** Browsers send few cookies of one name; a longer list is somebody playing. */
const MAX_CANDIDATES = 4

/**
 * How the page reached us:
 * `secure` by HTTPS, `plain` by HTTP on a private host, where browsers would drop a `Secure` cookie,
 * `embedded` by HTTPS from another site that is allowed to call (CHIPS, RFC 6265bis and the Partitioned attribute).
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

export interface SavedSession {
  /** The state as the cookie now holds it: the oldest turns may be gone, counted in `forgotten`. */
  readonly state: SessionState
  /** The whole value of the `Set-Cookie` header, at most `MAX_COOKIE_LINE_BYTES`. */
  readonly line: string
}

export interface SessionCookies {
  /** Reads the session from a `Cookie` header; null when there is none that is ours, whole and alive. */
  load(cookieHeader: string, mode: CookieMode): Promise<SessionState | null>
  /** Seals a state into a cookie, dropping as many of the oldest turns as do not fit. */
  save(state: SessionState, mode: CookieMode): Promise<SavedSession>
  /** An empty conversation that begins now. */
  start(): SessionState
}

export interface SessionCookieOptions {
  readonly tokens: Tokens
  readonly maxAgeSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createSessionCookies({
  tokens,
  maxAgeSeconds,
  now,
}: SessionCookieOptions): SessionCookies {
  const nowSeconds = (): number => Math.floor(now() / 1000)

  async function seal(state: SessionState, mode: CookieMode): Promise<SavedSession> {
    const name = NAMES[mode]
    const token = await tokens.seal(PURPOSE, name, encodeState(state))
    const maxAge = Math.max(0, secondsLeft(state, nowSeconds(), maxAgeSeconds))
    return { state, line: `${name}=${token}; Max-Age=${maxAge}; ${ATTRIBUTES[mode]}` }
  }

  return {
    async load(cookieHeader, mode) {
      for (const value of valuesOf(cookieHeader, NAMES[mode]).slice(0, MAX_CANDIDATES)) {
        const payload = await tokens.open(PURPOSE, NAMES[mode], value)
        const state = payload === null ? null : parseState(payload, nowSeconds(), maxAgeSeconds)
        if (state) return state
      }
      return null
    },

    async save(state, mode) {
      const whole = await seal(state, mode)
      if (whole.line.length <= MAX_COOKIE_LINE_BYTES) return whole
      // The most turns that fit, by halving the range: a huge turn may push out hundreds of small ones.
      let best = await seal(keepNewest(state, 0), mode)
      let low = 1
      let high = state.turns.length - 1
      while (low <= high) {
        const kept = Math.floor((low + high) / 2)
        const candidate = await seal(keepNewest(state, kept), mode)
        if (candidate.line.length <= MAX_COOKIE_LINE_BYTES) {
          best = candidate
          low = kept + 1
        } else {
          high = kept - 1
        }
      }
      return best
    },

    start: () => newState(nowSeconds()),
  }
}

/** All values of one name in a `Cookie` header, in order: a browser may hold several, from other paths or set by others. */
function valuesOf(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
}
