/**
 * Remembers for half a minute that the model server refuses the owner, so that it is not asked
 * again with every message. What may be about one visitor's message is never remembered: no
 * visitor's message may lock out another visitor.
 */

import type { AppError } from '../../errors.ts'
import type { UpstreamError } from './upstream-error.ts'

/** So long such a refusal is answered without asking again, in milliseconds. */
const REMEMBERED_MS = 30_000

export interface RefusalMemory {
  /** The refusal that still holds; null when there is none. */
  recall(): AppError | null
  /** Takes note of a failure; forgets nothing, and keeps only what is about the owner. */
  note(error: UpstreamError): void
  /** A request succeeded: what was remembered holds no longer. */
  clear(): void
}

/**
 * Creates an empty memory.
 *
 * @param now milliseconds since any fixed time
 */
export function createRefusalMemory(now: () => number = Date.now): RefusalMemory {
  let refusal: { readonly error: AppError; readonly until: number } | null = null
  return {
    recall: () => (refusal && now() < refusal.until ? refusal.error : null),
    note(error) {
      if (error.about === 'owner') refusal = { error, until: now() + REMEMBERED_MS }
    },
    clear() {
      refusal = null
    },
  }
}
