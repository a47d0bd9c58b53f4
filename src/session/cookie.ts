/**
 * The session cookie: which name and attributes it has, reading it, and making the state fit into it.
 *
 *     __Host-chat=1.<body>.<mac>; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax
 *
 * Limits: browsers refuse name and value of more than 4,096 bytes together (RFC 6265bis §5.6), silently keeping the old
 * cookie; some libraries count the whole line, so the whole line stays within 4,093. A signed cookie can be read by its
 * owner and replayed until it expires: starting over cannot revoke a copy made before.
 *
 * What does not fit moves to the archive, many turns at once, so that most turns write nothing. Where that fails the oldest turns
 * are dropped and counted.
 */

import type { Archive } from '../conversation/archive/archive.ts'
import { countChars } from '../conversation/archive/segment.ts'
import {
  encodeState,
  keepNewest,
  newState,
  parseState,
  type SessionState,
  secondsLeft,
} from '../conversation/state.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import type { Tokens } from '../signing/tokens.ts'

/** Longest `Set-Cookie` line in bytes; the line is ASCII, so characters are bytes. */
export const MAX_COOKIE_LINE_BYTES = 4093

/** Once it must move turns, the line keeps the newest that fit into half of it: there is a while until the next time. */
const HALF_LINE_BYTES = Math.floor(MAX_COOKIE_LINE_BYTES / 2)
/** Text that says the same again and again packs very small, but unpacking it costs every request. */
const MAX_STATE_CHARS = 128 * 1024

/** Stands where text had to be left out. */
const CUT = '[…]'

const PURPOSE = 'session'
/** Browsers send few cookies of one name; a longer list is somebody playing. */
const MAX_CANDIDATES = 4

/**
 * How the page reached us:
 * `secure` by HTTPS, `plain` by HTTP on a private host, where browsers would drop a `Secure` cookie,
 * `embedded` from another site that is allowed to call (CHIPS, RFC 6265bis and the Partitioned attribute), by HTTPS or by HTTP on the own
 * machine, from which browsers take a `Secure` cookie all the same.
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
  /** The state as the cookie now holds it: the oldest turns may be in a segment, or gone and counted in `forgotten`. */
  readonly state: SessionState
  /** The whole value of the `Set-Cookie` header, at most `MAX_COOKIE_LINE_BYTES`. */
  readonly line: string
}

export interface SessionCookies {
  /** Reads the session from a `Cookie` header; null when there is none that is ours, whole and alive. */
  load(cookieHeader: string, mode: CookieMode): Promise<SessionState | null>
  /** Seals a state into a cookie; turns that do not fit are in the archive before the cookie names them. */
  save(state: SessionState, mode: CookieMode): Promise<SavedSession>
  /** An empty conversation that begins now. */
  start(): SessionState
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

  async function seal(state: SessionState, mode: CookieMode): Promise<SavedSession | null> {
    // Very many receipts may have come: what is much too large is not even encoded.
    if (countChars(state.turns) > MAX_STATE_CHARS) return null
    const payload = encodeState(state)
    if (payload.length > MAX_STATE_CHARS) return null
    const name = NAMES[mode]
    const token = await tokens.seal(PURPOSE, name, payload)
    const maxAge = Math.max(0, timeLeft(state))
    return { state, line: `${name}=${token}; Max-Age=${maxAge}; ${ATTRIBUTES[mode]}` }
  }

  const timeLeft = (state: SessionState): number => secondsLeft(state, nowSeconds(), maxAgeSeconds)

  /** The greatest number up to `most` whose state fits; null when not even the one for 0 does. */
  async function findLargest(
    most: number,
    maxBytes: number,
    mode: CookieMode,
    stateFor: (size: number) => SessionState,
  ): Promise<SavedSession | null> {
    let best: SavedSession | null = null
    let low = 0
    let high = most
    while (low <= high) {
      const size = Math.floor((low + high) / 2)
      const candidate = await seal(stateFor(size), mode)
      if (candidate && candidate.line.length <= maxBytes) {
        best = candidate
        low = size + 1
      } else {
        high = size - 1
      }
    }
    return best
  }

  /** The state with its oldest turns in the archive: so many that the rest fits, or as many as the archive could take. */
  async function moveOldest(state: SessionState, mode: CookieMode): Promise<SessionState> {
    const keeping = (kept: number): SessionState => keepNewest(state, kept)
    const half = await findLargest(state.turns.length, HALF_LINE_BYTES, mode, keeping)
    const kept = half?.state ?? keeping(0)
    const moved = state.turns.slice(0, state.turns.length - kept.turns.length)
    const { segments, count } = await archive.add(state, moved, timeLeft(state))
    return { ...keeping(state.turns.length - count), segments }
  }

  /** The newest turns that fit. Should not even the newest, it is cut, visibly. */
  async function dropOldest(state: SessionState, mode: CookieMode): Promise<SavedSession> {
    const dropping = (kept: number): SessionState => {
      const forgotten = state.forgotten + 2 * (state.turns.length - kept)
      return { ...keepNewest(state, kept), forgotten }
    }
    const newest = await findLargest(state.turns.length, MAX_COOKIE_LINE_BYTES, mode, dropping)
    const last = state.turns.at(-1)
    if (newest && (!last || newest.state.turns.length > 0)) return newest
    const cutting = (chars: number): SessionState => ({
      ...dropping(1),
      turns: last ? [cut(last, chars)] : [],
    })
    const cutTurn = await findLargest(MAX_STATE_CHARS, MAX_COOKIE_LINE_BYTES, mode, cutting)
    if (!cutTurn) throw new RangeError('Cannot fit an empty conversation into a cookie')
    return cutTurn
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
      if (whole && whole.line.length <= MAX_COOKIE_LINE_BYTES) return whole
      const moved = await moveOldest(state, mode)
      const line = await seal(moved, mode)
      return line && line.line.length <= MAX_COOKIE_LINE_BYTES ? line : dropOldest(moved, mode)
    },

    start: () => newState(nowSeconds()),

    movingTo: (view) => createSessionCookies({ ...options, archive: view }),
  }
}

/** Keeps the beginning of what the visitor said, and the beginning and the end of the reply. */
function cut(turn: SavedTurn, chars: number): SavedTurn {
  const [half, quarter] = [Math.ceil(chars / 2), Math.ceil(chars / 4)]
  const { user, assistant } = turn
  return {
    ...turn,
    user: user.length > half ? `${user.slice(0, half)} ${CUT}` : user,
    assistant:
      assistant.length > half
        ? `${assistant.slice(0, quarter)} ${CUT} ${assistant.slice(assistant.length - quarter)}`
        : assistant,
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
