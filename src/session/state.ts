/**
 * What a session remembers, and its form inside a signed token:
 *
 *     [1, "<id>", 1767225600, 4, [["What is inflation?", "Inflation is …"], …]]
 *      version, id, start in seconds, forgotten messages, turns (user, assistant), oldest first
 *
 * Fixed positions instead of names: smaller, and nothing that could reach a prototype. Knows no cookie and no HTTP.
 */

import type { Turn } from '../message.ts'

export interface SessionState {
  /** 128 random bits, base 16. Names nothing outside; it tells two conversations apart. */
  readonly id: string
  /** When the conversation began, in seconds since 1970; it lives `SESSION_MAX_AGE` from then. */
  readonly startedAt: number
  /** How many messages (not turns) had to be dropped so far. */
  readonly forgotten: number
  /** Oldest first. */
  readonly turns: readonly Turn[]
}

const VERSION = 1
/** A clock may run ahead of the one that signed by this much. */
const MAX_SKEW_SECONDS = 60

/** Starts an empty conversation under a fresh id. */
export function newState(nowSeconds: number): SessionState {
  return {
    id: crypto.randomUUID().replaceAll('-', ''),
    startedAt: nowSeconds,
    forgotten: 0,
    turns: [],
  }
}

/** Drops the oldest turns, counting their messages as forgotten, until `kept` are left. */
export function keepNewest(state: SessionState, kept: number): SessionState {
  const dropped = Math.max(0, state.turns.length - kept)
  return { ...state, forgotten: state.forgotten + 2 * dropped, turns: state.turns.slice(dropped) }
}

export function encodeState({ id, startedAt, forgotten, turns }: SessionState): string {
  return JSON.stringify([
    VERSION,
    id,
    startedAt,
    forgotten,
    turns.map(({ user, assistant }) => [user, assistant]),
  ])
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

function toState([
  version,
  id,
  startedAt,
  forgotten,
  turns,
  ...rest
]: readonly unknown[]): SessionState | null {
  if (version !== VERSION || rest.length > 0) return null
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return null
  if (!isCount(startedAt) || !isCount(forgotten) || !Array.isArray(turns)) return null
  const parsed = turns.map(toTurn)
  return parsed.every((turn) => turn !== null) ? { id, startedAt, forgotten, turns: parsed } : null
}

function toTurn(value: unknown): Turn | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [user, assistant]: readonly unknown[] = value
  return typeof user === 'string' && typeof assistant === 'string' ? { user, assistant } : null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function parseArray(payload: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(payload)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
