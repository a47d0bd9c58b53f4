/**
 * What a session remembers, and its form inside a signed token:
 *
 *     [2, "<id>", 1767225600, 4, "mjd2k0f3aq1zx", ["mjd2k0f9bbe01", …], [["h3-Xq0zT", 1, 21], …], [["mjd2k1a7c0p3q", "What is inflation?", "Inflation is …"], …]]
 *      version, id, start in seconds, forgotten messages, floor, ring, segments (key, level, turns), turns (id, user, assistant, and 1 if stopped)
 *
 * Lists go from old to new. Fixed positions instead of names: smaller, and nothing that could reach a prototype. Knows no
 * cookie, no store and no HTTP.
 */

import type { SavedTurn } from './turn.ts'

/** Names a part of the conversation that has left the cookie; `archive.ts` knows what is in it. */
export interface SegmentRef {
  readonly key: string
  /** Grows by one each time that segments are gathered into one. */
  readonly level: number
  /** How many turns are in it, those of the segments it names included. Any more at its end have been replaced. */
  readonly turns: number
}

export interface SessionState {
  /** 128 random bits, base 16. It tells two conversations apart, and is no secret: a signature must come with it. */
  readonly id: string
  /** When the conversation began, in seconds since 1970; it lives `SESSION_MAX_AGE` from then. */
  readonly startedAt: number
  /** How many messages (not turns) had to be dropped so far. */
  readonly forgotten: number
  /** The greatest id that left the ring, or empty: whether a turn up to it was here cannot be told any more. */
  readonly floor: string
  /** The ids of the turns that left `turns` last, into a segment or for good. */
  readonly ring: readonly string[]
  /** Where the older turns are. */
  readonly segments: readonly SegmentRef[]
  readonly turns: readonly SavedTurn[]
}

const VERSION = 2
/** A clock may run ahead of the one that signed by this much. */
const MAX_SKEW_SECONDS = 60
const RING_LENGTH = 8
/** The greatest time that nine digits to the base of 36 can tell. */
const MAX_ID_MS = 36 ** 9 - 1
const TURN_ID = /^[0-9a-z]{13}$/
const SEGMENT_KEY = /^[\w-]{8}$/

/** Starts an empty conversation under a fresh id. */
export function newState(nowSeconds: number): SessionState {
  const id = crypto.randomUUID().replaceAll('-', '')
  return { id, startedAt: nowSeconds, forgotten: 0, floor: '', ring: [], segments: [], turns: [] }
}

/**
 * Names a turn that begins now: or a moment after the floor, should the clock of another machine have been ahead, since a receipt with
 * a smaller id would never be taken.
 */
export function newTurnId(nowMs: number, { floor }: Pick<SessionState, 'floor'>): string {
  const afterFloor = floor === '' ? 0 : millisecondsOf(floor) + 1
  const ms = Math.min(Math.max(nowMs, afterFloor), MAX_ID_MS)
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
  return ms.toString(36).padStart(9, '0') + (chance % 36 ** 4).toString(36).padStart(4, '0')
}

/** When a turn began, as its id says. */
export function startedAtOf({ id }: SavedTurn): Date {
  return new Date(millisecondsOf(id))
}

/** The chance in a turn's id, from 0 to 1. */
export function chanceOf({ id }: SavedTurn): number {
  return Number.parseInt(id.slice(9), 36) / 36 ** 4
}

function millisecondsOf(id: string): number {
  return Number.parseInt(id.slice(0, 9), 36)
}

/** How many turns the conversation has, the archived ones included. */
export function countTurns({ segments, turns }: Pick<SessionState, 'segments' | 'turns'>): number {
  return segments.reduce((sum, segment) => sum + segment.turns, turns.length)
}

/** True when the turn is or was in `turns`. */
export function hasTurn(state: SessionState, id: string): boolean {
  return state.ring.includes(id) || state.turns.some((turn) => turn.id === id)
}

/**
 * Adds a turn at the end, at most once: the state itself when the turn was added before. Of a turn that was stopped, what says
 * more takes the place of what says less.
 *
 * @returns null when the turn is so old that it cannot be told any more whether it was added
 */
export function addTurn(state: SessionState, turn: SavedTurn): SessionState | null {
  const known = state.turns.find(({ id }) => id === turn.id)
  if (known) return saysMore(turn, known) ? replaceTurn(state, known.id, turn) : state
  if (state.ring.includes(turn.id)) return state
  return turn.id <= state.floor ? null : { ...state, turns: [...state.turns, turn] }
}

/** The id of the conversation's last turn, wherever that is; empty when there is none. */
export function lastTurnId({ turns, ring, segments }: SessionState): string {
  // What left the cookie last is the last of all when nothing is left in it.
  return turns.at(-1)?.id ?? (segments.length > 0 ? (ring.at(-1) ?? '') : '')
}

/**
 * Puts a turn in the place of another one, whose id goes into the ring, so that it cannot come back. The other one is in `turns` or is
 * the conversation's last; otherwise the state stays as it is.
 */
export function replaceTurn(state: SessionState, id: string, turn: SavedTurn): SessionState {
  if (state.turns.length === 0 && id !== '' && lastTurnId(state) === id) {
    return { ...state, segments: withoutLastTurn(state.segments), turns: [turn] }
  }
  if (!state.turns.some((known) => known.id === id)) return state
  const turns = state.turns.map((known) => (known.id === id ? turn : known))
  return { ...(id === turn.id ? state : addToRing(state, [id])), turns }
}

/** Counts one turn less: it stays in its segment, where nobody looks for it any more, since a segment cannot be changed. */
function withoutLastTurn(segments: readonly SegmentRef[]): readonly SegmentRef[] {
  return segments.flatMap((segment, i) => {
    const turns = i === segments.length - 1 ? segment.turns - 1 : segment.turns
    return turns > 0 ? [{ ...segment, turns }] : []
  })
}

function saysMore(turn: SavedTurn, known: SavedTurn): boolean {
  return known.stopped && (!turn.stopped || turn.assistant.length > known.assistant.length)
}

/** Takes the oldest turns out until `kept` are left. What becomes of them is for the caller to say. */
export function keepNewest(state: SessionState, kept: number): SessionState {
  const gone = state.turns.slice(0, Math.max(0, state.turns.length - kept))
  const ids = gone.map(({ id }) => id)
  return { ...addToRing(state, ids), turns: state.turns.slice(gone.length) }
}

function addToRing(state: SessionState, ids: readonly string[]): SessionState {
  // An id that comes again, as of a segment that was opened again, must not push another one out.
  const ring = [...state.ring.filter((id) => !ids.includes(id)), ...ids]
  const left = ring.slice(0, Math.max(0, ring.length - RING_LENGTH))
  const floor = left.reduce((greatest, id) => (id > greatest ? id : greatest), state.floor)
  return { ...state, floor, ring: ring.slice(left.length) }
}

export function encodeState(state: SessionState): string {
  const { id, startedAt, forgotten, floor, ring } = state
  const segments = state.segments.map(encodeSegmentRef)
  const turns = state.turns.map(encodeTurn)
  return JSON.stringify([VERSION, id, startedAt, forgotten, floor, ring, segments, turns])
}

export function encodeSegmentRef({ key, level, turns }: SegmentRef): readonly unknown[] {
  return [key, level, turns]
}

export function encodeTurn({ id, user, assistant, stopped }: SavedTurn): readonly unknown[] {
  return stopped ? [id, user, assistant, 1] : [id, user, assistant]
}

/** Seconds that the conversation has left; zero or less when it has expired. */
export function secondsLeft(
  state: SessionState,
  nowSeconds: number,
  maxAgeSeconds: number,
): number {
  return state.startedAt + maxAgeSeconds - nowSeconds
}

/** Reads what `encodeState` wrote; null for another version or shape, an expired conversation, or one from the future. */
export function parseState(
  payload: string,
  nowSeconds: number,
  maxAgeSeconds: number,
): SessionState | null {
  const state = toState(parseArray(payload))
  if (!state || state.startedAt > nowSeconds + MAX_SKEW_SECONDS) return null
  return secondsLeft(state, nowSeconds, maxAgeSeconds) > 0 ? state : null
}

function toState(fields: readonly unknown[]): SessionState | null {
  const [version, id, startedAt, forgotten, floor, ring, segments, turns, ...rest] = fields
  if (version !== VERSION || rest.length > 0) return null
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return null
  if (!isCount(startedAt) || !isCount(forgotten)) return null
  if (floor !== '' && !isTurnId(floor)) return null
  if (!Array.isArray(ring) || !ring.every(isTurnId)) return null
  const parsedSegments = parseList(segments, parseSegmentRef)
  const parsedTurns = parseList(turns, parseTurn)
  if (!parsedSegments || !parsedTurns) return null
  return { id, startedAt, forgotten, floor, ring, segments: parsedSegments, turns: parsedTurns }
}

/** Every item parsed; null when the value is no list or one item is not what it should be. */
export function parseList<T>(
  value: unknown,
  parseItem: (item: unknown) => T | null,
): readonly T[] | null {
  if (!Array.isArray(value)) return null
  const items = value.map(parseItem)
  return items.every((item) => item !== null) ? items : null
}

/** Reads what `encodeTurn` wrote; null for anything else. */
export function parseTurn(value: unknown): SavedTurn | null {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return null
  const [id, user, assistant, stopped]: readonly unknown[] = value
  if (value.length === 4 && stopped !== 1) return null
  const isTurn = isTurnId(id) && typeof user === 'string' && typeof assistant === 'string'
  return isTurn ? { id, user, assistant, stopped: stopped === 1 } : null
}

/** Reads what `encodeSegmentRef` wrote; null for anything else. */
export function parseSegmentRef(value: unknown): SegmentRef | null {
  if (!Array.isArray(value) || value.length !== 3) return null
  const [key, level, turns]: readonly unknown[] = value
  const isSegment = typeof key === 'string' && SEGMENT_KEY.test(key)
  return isSegment && isCount(level) && isCount(turns) ? { key, level, turns } : null
}

function isTurnId(value: unknown): value is string {
  return typeof value === 'string' && TURN_ID.test(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The parsed list; an empty one for anything else. */
export function parseArray(payload: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(payload)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
