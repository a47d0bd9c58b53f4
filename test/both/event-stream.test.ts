import { describe, expect, it } from 'vitest'
import { eventStream } from '../../src/http/event-stream.ts'
import type { ChatEvent, EventSource } from '../../src/wire.ts'

const LONG_MS = 60_000
const token = (text: string): ChatEvent => ({ name: 'token', data: { text } })
const frame = (text: string) => `event: token\ndata: {"text":"${text}"}\n\n`
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A source that says what it is told to, a batch for each call, and then is silent. */
function createSource(batches: readonly (readonly ChatEvent[])[], ends: boolean) {
  const left = [...batches]
  const waits: number[] = []
  const source: EventSource = {
    get ended() {
      return ends && left.length === 0
    },
    async next(maxMs) {
      waits.push(maxMs)
      const batch = left.shift()
      if (batch) return batch
      await sleep(maxMs)
      return []
    },
  }
  return { source, waits }
}

const textOf = (value: Uint8Array | undefined) => new TextDecoder().decode(value)

describe('eventStream()', () => {
  it('writes a batch as one piece, and ends with its source', async () => {
    const { source } = createSource([[token('a'), token('b')], [token('c')]], true)
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    expect(textOf((await reader.read()).value)).toBe(frame('a') + frame('b'))
    expect(textOf((await reader.read()).value)).toBe(frame('c'))
    expect((await reader.read()).done).toBe(true)
  })

  it('makes nothing before it is wanted, so that nothing waits for a reader who has stopped', async () => {
    const { source, waits } = createSource([[token('a')], [token('b')], [token('c')]], false)
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    await sleep(30)
    expect(waits).toHaveLength(0)
    await reader.read()
    await sleep(30)
    expect(waits).toHaveLength(1)
    await reader.cancel()
  })

  it('breaks a silence with comments, after 0.2 s at first', async () => {
    const { source, waits } = createSource([], false)
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    expect(textOf((await reader.read()).value)).toBe(':\n\n')
    expect(waits[0]).toBeGreaterThan(150)
    expect(waits[0]).toBeLessThanOrEqual(200)
    await reader.cancel()
  })

  it('asks a source that came late for no negative time', async () => {
    const waits: number[] = []
    const source: EventSource = {
      ended: false,
      async next(maxMs) {
        waits.push(maxMs)
        await sleep(Math.max(0, maxMs) + 20)
        return []
      },
    }
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    expect(textOf((await reader.read()).value)).toBe(':\n\n')
    expect(waits.filter((waitMs) => waitMs < 0)).toEqual([])
    expect(waits).toHaveLength(2)
    await reader.cancel()
  })

  it('lets comments grow rarer, up to two seconds', async () => {
    const waits: number[] = []
    let quietMs = 0
    const realNow = Date.now
    const startedAt = realNow()
    Date.now = () => startedAt + quietMs
    try {
      const source: EventSource = {
        ended: false,
        async next(maxMs) {
          waits.push(maxMs)
          quietMs += maxMs
          return []
        },
      }
      const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
      // The first silence, as long as it is, and then that of zero length which ends the wait.
      while (quietMs < 60_000) await reader.read()
      await reader.cancel()
    } finally {
      Date.now = realNow
    }
    const silences = waits.filter((ms) => ms > 0)
    expect(silences[0]).toBe(200)
    expect(silences).toEqual([...silences].sort((a, b) => a - b))
    expect(silences.at(-1)).toBe(2000)
    expect(silences.length).toBeLessThan(70)
  })

  it('cuts off a reader who has not read everything in time', async () => {
    const { source } = createSource([[token('a')]], false)
    let left = 0
    const onLeave = () => {
      left += 1
    }
    const reader = eventStream(source, { limitMs: 20, onLeave }).getReader()
    await reader.read()
    await expect(reader.closed).rejects.toThrow('the reader has stopped')
    expect(left).toBe(1)
  })

  it('does not cut off who has read everything', async () => {
    const { source } = createSource([[token('a')]], true)
    let left = 0
    const onLeave = () => {
      left += 1
    }
    const reader = eventStream(source, { limitMs: 20, onLeave }).getReader()
    while (!(await reader.read()).done);
    await sleep(50)
    expect(left).toBe(0)
  })

  it('tells when the reader leaves, also while it waits for events', async () => {
    const { source } = createSource([], false)
    let left = 0
    const onLeave = () => {
      left += 1
    }
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave }).getReader()
    const pending = reader.read()
    await reader.cancel()
    expect([(await pending).done, left]).toEqual([true, 1])
    await sleep(250)
  })
})
