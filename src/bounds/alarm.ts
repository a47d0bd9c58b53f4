/**
 * An alarm that is moved often and rings seldom, such as a limit that each word of a model moves. A
 * timer for each move would cost more than the word: it stays where it is while the alarm moves
 * away from it, and is set again when it fires too early.
 *
 *     set(300) at 0   timer at 300
 *     set(300) at 20  timer at 300                 one timer, however often the alarm moves
 *     at 300          too early: timer at 320
 *     at 320          rings
 */

export interface Alarm {
  /** Rings after so many milliseconds, instead of whenever it should have; never if infinite. */
  set(delayMs: number): void
  /** Rings no more, unless it is set again. */
  clear(): void
}

/** @param ring must not throw */
export function createAlarm(ring: () => void): Alarm {
  let timer: ReturnType<typeof setTimeout> | undefined
  let timerAtMs = Number.POSITIVE_INFINITY
  let dueAtMs = Number.POSITIVE_INFINITY

  function start(delayMs: number, nowMs: number): void {
    clearTimeout(timer)
    timerAtMs = nowMs + delayMs
    timer = setTimeout(fire, delayMs)
  }

  function fire(): void {
    timerAtMs = Number.POSITIVE_INFINITY
    if (dueAtMs === Number.POSITIVE_INFINITY) return
    const nowMs = performance.now()
    // A timer may fire a fraction of a millisecond early.
    if (dueAtMs - nowMs >= 1) {
      start(dueAtMs - nowMs, nowMs)
    } else {
      dueAtMs = Number.POSITIVE_INFINITY
      ring()
    }
  }

  return {
    set(delayMs) {
      const nowMs = performance.now()
      dueAtMs = nowMs + delayMs
      if (dueAtMs < timerAtMs) start(delayMs, nowMs)
    },
    clear() {
      clearTimeout(timer)
      timerAtMs = Number.POSITIVE_INFINITY
      dueAtMs = Number.POSITIVE_INFINITY
    },
  }
}
