import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAlarm } from '../../src/bounds/alarm.ts'

describe('createAlarm()', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** An alarm, and at which milliseconds it rang. */
  function create() {
    const startedAt = performance.now()
    const rang: number[] = []
    const alarm = createAlarm(() => rang.push(performance.now() - startedAt))
    return { alarm, rang }
  }

  it('rings once, when it is due', () => {
    const { alarm, rang } = create()
    alarm.set(300)
    vi.advanceTimersByTime(1000)
    expect(rang).toEqual([300])
  })

  it('rings when it was set to last, later or earlier', () => {
    const { alarm, rang } = create()
    alarm.set(300)
    vi.advanceTimersByTime(200)
    alarm.set(300)
    vi.advanceTimersByTime(1000)
    alarm.set(300)
    alarm.set(20)
    vi.advanceTimersByTime(1000)
    expect(rang).toEqual([500, 1220])
  })

  it('sets one timer, however often it is moved away', () => {
    const { alarm, rang } = create()
    const timers = vi.spyOn(globalThis, 'setTimeout')
    for (let i = 0; i < 200; i++) {
      alarm.set(1000)
      vi.advanceTimersByTime(4)
    }
    expect(timers).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1000)
    expect([rang, timers.mock.calls.length]).toEqual([[1796], 2])
    timers.mockRestore()
  })

  it('does not ring once it is cleared, nor for an infinite time', () => {
    const { alarm, rang } = create()
    alarm.set(5)
    alarm.clear()
    alarm.set(5)
    alarm.set(Number.POSITIVE_INFINITY)
    vi.advanceTimersByTime(1000)
    expect([rang, vi.getTimerCount()]).toEqual([[], 0])
    alarm.set(7)
    vi.advanceTimersByTime(7)
    expect(rang).toEqual([1007])
  })

  it('can be set again while it rings', () => {
    const rang: number[] = []
    const alarm = createAlarm(() => {
      if (rang.push(performance.now()) < 3) alarm.set(10)
    })
    alarm.set(10)
    vi.advanceTimersByTime(100)
    expect(rang).toHaveLength(3)
  })
})
