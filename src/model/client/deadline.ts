/**
 * The time limits of one turn and the visitor's leaving, as one signal. Whichever comes first is
 * the signal's reason: the visitor's own, or an `AppError` `model_timeout`. `AbortSignal.timeout`
 * cannot be moved, and does not tell the limits apart.
 */

import { createAlarm } from '../../bounds/alarm.ts'
import { AppError } from '../../errors.ts'

export interface Deadline {
  /** Aborts when the visitor leaves or a limit is over. */
  readonly signal: AbortSignal
  /**
   * Starts the limit of the next wait for the model, in place of the one before it. A limit that is
   * over already, as after a slow refusal, ends the turn at once. The detail is for the log.
   */
  expect(waitMs: number, detail: string): void
  /** Waits for some milliseconds. Rejects with the signal's reason when that comes first. */
  pause(delayMs: number): Promise<void>
  /** Stops all clocks and listens to the visitor no longer. */
  clear(): void
}

/**
 * Starts the turn's clock.
 *
 * @param totalMs longest time for the turn as a whole
 */
export function createDeadline(visitor: AbortSignal, totalMs: number): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  const end = (detail: string) => stop(new AppError('model_timeout', { detail }))
  const leave = () => stop(visitor.reason)
  const total = setTimeout(end, totalMs, `the turn took over ${totalMs} ms`)
  let awaited = { waitMs: 0, detail: '' }
  const wait = createAlarm(() => end(`${awaited.detail} within ${awaited.waitMs} ms`))

  function clear(): void {
    clearTimeout(total)
    wait.clear()
    visitor.removeEventListener('abort', leave)
  }

  function stop(reason: unknown): void {
    clear()
    controller.abort(reason)
  }

  if (visitor.aborted) leave()
  else visitor.addEventListener('abort', leave, { once: true })

  return {
    signal,
    expect(waitMs, detail) {
      if (signal.aborted) return
      awaited = { waitMs: Math.max(0, waitMs), detail }
      wait.set(awaited.waitMs)
    },
    pause: (delayMs) => pause(delayMs, signal),
    clear,
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, delayMs)
    signal.addEventListener('abort', stop, { once: true })
  })
}
