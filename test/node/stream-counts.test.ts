/** What a streamed turn does for each of its tokens, counted: times differ from machine to machine, counts do not. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startTurn } from '../../src/conversation/running-turn.ts'
import { createTurnEvents } from '../../src/conversation/turn-events.ts'
import { eventStream } from '../../src/http/event-stream.ts'
import type { AnswerOptions, Ending } from '../../src/model/model.ts'
import { prose } from '../support/prose.ts'

const TOKENS = 200
const REPLY = prose(1, 4 * TOKENS)
const pieceOf = (i: number) => REPLY.slice(4 * i, 4 * (i + 1))

/** Plays a turn whose tokens come so far apart, and counts. */
async function play(everyMs: number) {
  const counts = { writes: 0, renders: 0, receipts: 0, timers: 0, characters: 0 }
  const asked = Promise.withResolvers<AnswerOptions>()
  const ending = Promise.withResolvers<Ending>()
  const turn = startTurn([], 'Go on', {
    model: {
      name: 'fixed',
      answer(_messages, options) {
        asked.resolve(options)
        return ending.promise
      },
    },
    systemPrompt: 'Be kind.',
    maxMessages: 10,
    stream: true,
  })
  const source = createTurnEvents(turn, {
    async issue({ assistant }) {
      counts.receipts += 1
      counts.characters += assistant.length
      return 'x'.repeat(assistant.length)
    },
    renderer: {
      push: () => {},
      take() {
        counts.renders += 1
        return []
      },
      finish: () => [],
    },
  })
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const reader = eventStream(source, { limitMs: 60_000, onLeave: () => {} }).getReader()
  const reading = (async () => {
    while (!(await reader.read()).done) counts.writes += 1
  })()
  const { hear } = await asked.promise
  for (let i = 0; i < TOKENS; i++) {
    hear({ kind: 'text', text: pieceOf(i) })
    await vi.advanceTimersByTimeAsync(everyMs)
  }
  ending.resolve({ finish: 'stop', model: 'fixed' })
  await vi.advanceTimersByTimeAsync(100)
  await reading
  counts.timers = timers.mock.calls.length
  return counts
}

describe('a streamed turn of 200 tokens', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('writes each at once when they come 20 ms apart, with a timer for every fifth at most', async () => {
    const { writes, renders, timers } = await play(20)
    expect(writes).toBeGreaterThanOrEqual(TOKENS)
    expect(writes).toBeLessThanOrEqual(TOKENS + 2)
    // Four a second.
    expect(renders).toBeLessThanOrEqual((TOKENS * 20) / 250 + 1)
    expect(timers).toBeLessThanOrEqual(TOKENS / 5)
  })

  it('writes once a frame when they come 2 ms apart', async () => {
    const { writes, renders, timers } = await play(2)
    const frames = (TOKENS * 2) / 16
    expect(writes).toBeLessThanOrEqual(frames + 2)
    expect(renders).toBeLessThanOrEqual((TOKENS * 2) / 250 + 1)
    expect(timers).toBeLessThanOrEqual(2 * frames + 4)
  })

  it('makes receipts of less than four times the reply, and few', async () => {
    const { receipts, characters } = await play(20)
    expect(receipts).toBeLessThanOrEqual(20)
    expect(characters).toBeLessThanOrEqual(4 * REPLY.length + 400)
  })
})
