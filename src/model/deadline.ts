/**
 * The time limits of one turn and the visitor's leaving, as one signal. `AbortSignal.timeout` cannot be moved, and which of the
 * limits it was must be told apart from a visitor who left.
 */

import { AppError } from '../errors.ts'

export interface Deadline {
  /** Aborts when the visitor leaves or a limit is over. */
  readonly signal: AbortSignal
  /** Starts the limit of the next wait, in place of the one before it. The detail goes to the log when it is over. */
  expect(waitMs: number, detail: string): void
  /** Milliseconds until the turn as a whole must end. */
  remainingMs(): number
  /** What ended the turn: the visitor's own reason, `model_timeout`, or null when neither did. */
  reason(): unknown
  /** Stops all clocks. */
  clear(): void
}

/**
 * Starts the turn's clock.
 *
 * @param totalMs longest time for the turn as a whole
 */
export function createDeadline(visitor: AbortSignal, totalMs: number): Deadline {
  const startedAt = Date.now()
  const controller = new AbortController()
  const signal = AbortSignal.any([visitor, controller.signal])
  const end = (detail: string) => controller.abort(new AppError('model_timeout', { detail }))
  const total = setTimeout(end, totalMs, `the turn took over ${totalMs} ms`)
  let wait: ReturnType<typeof setTimeout> | undefined
  return {
    signal,
    expect(waitMs, detail) {
      clearTimeout(wait)
      wait = setTimeout(end, waitMs, `${detail} within ${waitMs} ms`)
    },
    remainingMs: () => startedAt + totalMs - Date.now(),
    reason() {
      if (visitor.aborted) return visitor.reason
      return controller.signal.aborted ? controller.signal.reason : null
    },
    clear() {
      clearTimeout(total)
      clearTimeout(wait)
    },
  }
}
