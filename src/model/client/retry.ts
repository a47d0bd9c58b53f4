/**
 * Whether and when a failed request is tried again: before the first word only, at most twice,
 * never past the turn's limit. And what is changed first, where the same request would fail the
 * same way. Pure.
 */

import { textOf } from '../content.ts'
import type { Message } from '../model.ts'
import type { FailureKind, UpstreamError } from './upstream-error.ts'

/** Tries after the first one. A reshaped request does not count: it is another request. */
const MAX_RETRIES: Readonly<Record<FailureKind, number>> = {
  unauthorized: 0,
  unknown_model: 0,
  forbidden: 0,
  misdirected: 0,
  template: 0,
  unknown_field: 0,
  too_long: 0,
  bad_request: 0,
  loading: 2,
  busy: 2,
  failed: 1,
  gateway: 2,
  timeout: 2,
  network: 2,
}

/** A server that wants a longer wait gets none: the visitor is told how long it will be. */
const MAX_WAIT_MS = 10_000
const MAX_BACKOFF_MS = 8000

/**
 * How long to wait before the next try, in milliseconds; null when there is none.
 *
 * @param retries how many tries there were after the first
 * @param remainingMs until the first word must have come
 * @param baseMs the first wait where the server names none; doubles with every try, less up to a
 *   quarter by chance
 */
export function retryDelayMs(
  { kind, waitMs }: UpstreamError,
  retries: number,
  remainingMs: number,
  baseMs: number,
): number | null {
  if (retries >= MAX_RETRIES[kind]) return null
  const backoff = Math.min(baseMs * 2 ** retries, MAX_BACKOFF_MS) * (1 - Math.random() / 4)
  const delay = waitMs ?? backoff
  return delay <= MAX_WAIT_MS && delay < remainingMs ? delay : null
}

/**
 * Drops the oldest messages until the rest is likely to fit. The system message and the newest message
 * always stay; null when there is nothing to drop.
 *
 * @param fits the share of the messages that is likely to fit, from 0 to 1
 */
export function dropOldest(messages: readonly Message[], fits: number): readonly Message[] | null {
  const system = messages.filter(({ role }) => role === 'system')
  const spoken = messages.filter(({ role }) => role !== 'system')
  let budget = total(spoken) * fits
  const kept: Message[] = []
  for (const message of spoken.toReversed()) {
    budget -= textOf(message.content).length
    if (budget < 0 && kept.length > 0) break
    kept.unshift(message)
  }
  return kept.length < spoken.length ? [...system, ...kept] : null
}

function total(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + textOf(content).length, 0)
}
