/**
 * What a session remembers, and its form inside a signed token:
 *
 *     [1, "<id>", 1767225600, 4, "mjd2k0f3aq1zx", ["mjd2k0f9bbe01", …], [["mjd2k1a7c0p3q", "What is inflation?", "Inflation is …"], …]]
 *      version, id, start in seconds, forgotten messages, floor, ring, turns (id, user, assistant), oldest first
 *
 * Fixed positions instead of names: smaller, and nothing that could reach a prototype. Knows no cookie and no HTTP.
 */

import type { Turn } from '../message.ts'

/** A turn with its name: what makes it possible to add it at most once. */
export interface SessionTurn extends Turn {
  /** Nine base-36 digits of milliseconds and four of chance, so that later turns have greater ids. */
  readonly id: string
}

export interface SessionState {
  /** 128 random bits, base 16. Names nothing outside; it tells two conversations apart. */
  readonly id: string
  /** When the conversation began, in seconds since 1970; it lives `SESSION_MAX_AGE` from then. */
  readonly startedAt: number
  /** How many messages (not turns) had to be dropped so far. */
  readonly forgotten: number
  /** The greatest id that left the ring, or empty: whether a turn up to it was here cannot be told any more. */
  readonly floor: string
  /** The ids of the turns dropped last, oldest first. */
  readonly ring: readonly string[]
  /** Oldest first. */
  readonly turns: readonly SessionTurn[]
}

const VERSION = 1
/** A clock may run ahead of the one that signed by this much. */
const MAX_SKEW_SECONDS = 60
const RING_LENGTH = 8
const TURN_ID = /^[0-9a-z]{13}$/

/** Starts an empty conversation under a fresh id. */
export function newState(nowSeconds: number): SessionState {
  const id = crypto.randomUUID().replaceAll('-', '')
  return { id, startedAt: nowSeconds, forgotten: 0, floor: '', ring: [], turns: [] }
}

/** Names a turn that begins now. */
export function newTurnId(nowMs: number): string {
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
  return nowMs.toString(36).padStart(9, '0') + (chance % 36 ** 4).toString(36).padStart(4, '0')
}

/** When a turn began, as its id says. */
export function startedAtOf({ id }: SessionTurn): Date {
  return new Date(Number.parseInt(id.slice(0, 9), 36))
}

/**
 * Adds a turn at the end, at most once: the state itself when the turn was added before.
 *
 * @returns null when the turn is so old that this cannot be told any more
 */
export function addTurn(state: SessionState, turn: SessionTurn): SessionState | null {
  if (state.ring.includes(turn.id) || state.turns.some(({ id }) => id === turn.id)) return state
  return turn.id <= state.floor ? null : { ...state, turns: [...state.turns, turn] }
}

/** Drops the oldest turns, counting their messages as forgotten, until `kept` are left. */
export function keepNewest(state: SessionState, kept: number): SessionState {
  const dropped = state.turns.slice(0, Math.max(0, state.turns.length - kept)).map(({ id }) => id)
  const ring = [...state.ring, ...dropped]
  const left = ring.slice(0, Math.max(0, ring.length - RING_LENGTH))
  return {
    ...state,
    forgotten: state.forgotten + 2 * dropped.length,
    floor: left.reduce((greatest, id) => (id > greatest ? id : greatest), state.floor),
    ring: ring.slice(left.length),
    turns: state.turns.slice(dropped.length),
  }
}

export function encodeState(state: SessionState): string {
  const { id, startedAt, forgotten, floor, ring } = state
  const turns = state.turns.map((turn) => [turn.id, turn.user, turn.assistant])
  return JSON.stringify([VERSION, id, startedAt, forgotten, floor, ring, turns])
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
  const [version, id, startedAt, forgotten, floor, ring, turns, ...rest] = fields
  if (version !== VERSION || rest.length > 0) return null
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return null
  if (!isCount(startedAt) || !isCount(forgotten)) return null
  if (typeof floor !== 'string' || !Array.isArray(ring) || !ring.every(isTurnId)) return null
  const parsed = Array.isArray(turns) ? turns.map(parseTurn) : [null]
  if (!parsed.every((turn) => turn !== null)) return null
  return { id, startedAt, forgotten, floor, ring, turns: parsed }
}

/** Reads `[id, user, assistant]`; null for anything else. */
export function parseTurn(value: unknown): SessionTurn | null {
  if (!Array.isArray(value) || value.length !== 3) return null
  const [id, user, assistant]: readonly unknown[] = value
  const isTurn = isTurnId(id) && typeof user === 'string' && typeof assistant === 'string'
  return isTurn ? { id, user, assistant } : null
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
