import { describe, expect, it, vi } from 'vitest'
import { eventStream } from '../../src/http/event-stream.ts'
import type { ChatEvent, EventSource } from '../../src/wire.ts'

const LONG_MS = 60_000
const token = (text: string): ChatEvent => ({ name: 'token', data: { text } })
const frame = (text: string) => `event: token\ndata: {"text":"${text}"}\n\n`
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A source that says what it is told to, a batch for each call, and then is silent. */
function createSource(batches: readonly (readonly ChatEvent[])[], ends = false) {
  const left = [...batches]
  const counts = { takes: 0 }
  let wake = () => {}
  const source: EventSource = {
    get ended() {
      return ends && left.length === 0
    },
    dueInMs: () => (left.length > 0 ? 0 : Number.POSITIVE_INFINITY),
    listen(call) {
      wake = call
    },
    async take() {
      counts.takes += 1
      return left.shift() ?? []
    },
  }
  const say = (...batch: ChatEvent[]) => {
    left.push(batch)
    wake()
  }
  return { source, counts, say }
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
    const { source, counts, say } = createSource([[token('a')], [token('b')], [token('c')]])
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    await sleep(30)
    expect(counts.takes).toBe(0)
    await reader.read()
    say(token('d'))
    await sleep(30)
    expect(counts.takes).toBe(1)
    await reader.cancel()
  })

  it('writes at once what comes after a silence', async () => {
    const { source, say } = createSource([])
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    const read = reader.read()
    await sleep(50)
    const saidAt = performance.now()
    say(token('a'))
    expect(textOf((await read).value)).toBe(frame('a'))
    expect(performance.now() - saidAt).toBeLessThan(50)
    await reader.cancel()
  })

  it('writes at most once in a frame, all that came in it together', async () => {
    const { source, counts, say } = createSource([])
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    let ended = false
    const speaking = (async () => {
      for (let i = 0; i < 100; i++) {
        say(token('x'))
        await sleep(1)
      }
      ended = true
    })()
    const startedAt = performance.now()
    while (!ended) await reader.read()
    await speaking
    // One for each frame of 16 ms, and one at the start.
    expect(counts.takes).toBeLessThanOrEqual((performance.now() - startedAt) / 16 + 2)
    await reader.cancel()
  })

  it('asks again when what was due came to nothing, and writes no comment for it', async () => {
    const { source, counts, say } = createSource([[], [], [token('a')]])
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    expect(textOf((await reader.read()).value)).toBe(frame('a'))
    expect(counts.takes).toBe(3)
    say(token('b'))
    expect(textOf((await reader.read()).value)).toBe(frame('b'))
    await reader.cancel()
  })

  it('breaks a silence with comments, after 0.3 s at first', async () => {
    const { source } = createSource([])
    const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
    const startedAt = Date.now()
    expect(textOf((await reader.read()).value)).toBe(':\n\n')
    expect(Date.now() - startedAt).toBeGreaterThan(250)
    await reader.cancel()
  })

  it('lets comments grow rarer, up to two seconds', async () => {
    const { source } = createSource([])
    const timers = vi.spyOn(globalThis, 'setTimeout')
    // Time passes as soon as somebody waits for it.
    let nowMs = 1_000_000
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs)
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    const silences: number[] = []
    timers.mockImplementation((call, delayMs = 0) => {
      if (delayMs < LONG_MS) {
        silences.push(delayMs)
        nowMs += delayMs
        queueMicrotask(call)
      }
      return 0 as unknown as ReturnType<typeof setTimeout>
    })
    try {
      const reader = eventStream(source, { limitMs: LONG_MS, onLeave: () => {} }).getReader()
      while (silences.length < 60) await reader.read()
      await reader.cancel()
    } finally {
      vi.restoreAllMocks()
    }
    expect(silences[0]).toBe(300)
    expect(silences).toEqual([...silences].sort((a, b) => a - b))
    expect(silences.at(-1)).toBe(2000)
  })

  it('cuts off a reader who has not read everything in time', async () => {
    const { source } = createSource([[token('a')]])
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
    const { source } = createSource([])
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
