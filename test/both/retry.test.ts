import { describe, expect, it } from 'vitest'
import { dropOldest, retryDelayMs } from '../../src/model/client/retry.ts'
import { type FailureKind, UpstreamError } from '../../src/model/client/upstream-error.ts'
import { textOf } from '../../src/model/content.ts'
import type { Message } from '../../src/model/model.ts'

const PLENTY = 60_000
const delay = (
  kind: FailureKind,
  retries = 0,
  waitMs: number | null = null,
  remainingMs = PLENTY,
) => retryDelayMs(new UpstreamError(kind, { waitMs }), retries, remainingMs, 500)

describe('retryDelayMs', () => {
  it.each<[FailureKind, number]>([
    ['busy', 2],
    ['loading', 2],
    ['gateway', 2],
    ['timeout', 2],
    ['network', 2],
    ['failed', 1],
    ['unauthorized', 0],
    ['unknown_model', 0],
    ['forbidden', 0],
    ['bad_request', 0],
    ['misdirected', 0],
  ])('tries %s again %i times', (kind, times) => {
    const delays = [0, 1, 2, 3].map((retries) => delay(kind, retries))
    expect(delays.filter((waits) => waits !== null)).toHaveLength(times)
  })

  it('doubles its own wait and takes up to a quarter off by chance', () => {
    for (let i = 0; i < 50; i++) {
      for (const [retries, most] of [
        [0, 500],
        [1, 1000],
      ] as const) {
        const waits = delay('busy', retries) ?? 0
        expect(waits).toBeGreaterThan(most * 0.75 - 1)
        expect(waits).toBeLessThanOrEqual(most)
      }
    }
    expect(new Set(Array.from({ length: 20 }, () => delay('busy'))).size).toBeGreaterThan(1)
  })

  it('waits as long as the server says, up to ten seconds and not past the limit', () => {
    expect(delay('busy', 0, 7000)).toBe(7000)
    expect(delay('busy', 0, 10_001)).toBeNull()
    expect(delay('busy', 0, 7000, 7000)).toBeNull()
    expect(delay('busy', 0, null, 100)).toBeNull()
  })
})

describe('dropOldest', () => {
  const conversation = (...lengths: number[]): Message[] => [
    { role: 'system', content: 'S'.repeat(500) },
    ...lengths.map(
      (length, i): Message => ({
        role: i % 2 === 0 ? 'user' : 'assistant',
        content: String(i).repeat(length),
      }),
    ),
  ]
  const kept = (messages: readonly Message[], fits: number) =>
    dropOldest(messages, fits)
      ?.map(({ content }) => textOf(content).charAt(0))
      .join('')

  it('keeps the system message and the newest half', () => {
    expect(kept(conversation(10, 10, 10, 10, 9), 0.5)).toBe('S34')
  })

  it('keeps the share that fits', () => {
    expect(kept(conversation(10, 10, 10, 10, 10, 10, 10, 10), 0.25)).toBe('S67')
  })

  it('always keeps the newest message, and has nothing to drop when it is alone', () => {
    expect(kept(conversation(10, 1000), 0.5)).toBe('S1')
    expect(dropOldest(conversation(1000), 0.5)).toBeNull()
  })
})
