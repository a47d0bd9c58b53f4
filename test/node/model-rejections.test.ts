/**
 * A model that breaks anywhere and visitors who leave at any time, at once and over real sockets. No
 * promise may be rejected without anybody listening: that ends a Node process.
 */

import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { createHuggingFaceModel } from '../../src/model/client/client.ts'
import { type Listening, listen } from '../support/listen.ts'
import { type PulledModel, pulled } from '../support/text-model.ts'

const SEED = 20_261_124
const ANSWERS = 120
const TIMEOUT_MS = 400

const random = createRandom(SEED)
const below = (limit: number) => Math.floor(random() * limit)
/** Mulberry32: the same numbers from the same seed. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const WORDS = Array.from(
  { length: 12 },
  (_, i) => `data: {"choices":[{"delta":{"content":"word ${i} "}}]}\n\n`,
).join('')
const WHOLE = `${WORDS}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n`
const STATUSES = [200, 200, 200, 200, 200, 302, 400, 401, 403, 429, 500, 503]
const BODIES = [
  `${WHOLE}data: [DONE]\n\n`,
  WHOLE,
  `${WORDS}data: {"error":"gone wrong"}\n\n`,
  `${WORDS}data: {"choi\n\n`,
  '{"choices":[{"message":{"content":"Hello"}}]}',
]
const ENDS: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.end(),
  (response) => response.destroy(),
  (response) => response.socket?.resetAndDestroy(),
  () => {},
]

let open = 0
let server: Listening
beforeAll(async () => {
  server = await listen(
    createServer((request, response) => {
      open += 1
      response.on('close', () => {
        open -= 1
      })
      request.resume()
      void misbehave(response)
    }),
  )
})
afterAll(() => server.close())

/** Sends a part of an answer, cut into two at any byte, and breaks off, hangs or ends. */
async function misbehave(response: ServerResponse): Promise<void> {
  const body = BODIES[below(BODIES.length)] ?? ''
  const sent = body.slice(0, below(3) === 0 ? body.length : below(body.length))
  const cut = below(sent.length + 1)
  const status = STATUSES[below(STATUSES.length)] ?? 200
  const end = ENDS[below(ENDS.length)]
  await sleep(below(30))
  response.writeHead(status, { 'Content-Type': 'text/event-stream' })
  response.write(sent.slice(0, cut))
  await sleep(below(3) * 10)
  // The last words and the failure often come in the same moment.
  response.write(sent.slice(cut))
  end?.(response)
}

/** Reads as a visitor does: to the end, slowly, or not for long. Gives what ended it. */
async function visit(model: PulledModel): Promise<unknown> {
  const visitor = new AbortController()
  const stream = below(4) > 0
  const messages = [{ role: 'user', content: 'Hello' }] as const
  const answer = model.answer(messages, { signal: visitor.signal, stream })
  const habit = below(5)
  const patience = below(5)
  const leave = habit < 2 ? sleep(below(150)).then(() => visitor.abort('left')) : null
  try {
    let pieces = 0
    for await (const _piece of answer) {
      pieces += 1
      if (habit === 2 && pieces > patience) break
      if (habit === 3) await sleep(below(40))
      // This one neither reads on nor says that it left until later.
      if (habit === 1) await sleep(100)
    }
    return 'done'
  } catch (error) {
    return error
  } finally {
    await leave
  }
}

it('leaves no rejection without a listener and no connection open', {
  timeout: 60_000,
}, async () => {
  const unheard: unknown[] = []
  const hear = (reason: unknown) => unheard.push(reason)
  process.on('unhandledRejection', hear)
  try {
    const endpoint = { url: `${server.url}/v1/chat/completions`, protocol: 'chat' } as const
    const settings = { endpoint, model: 'm', token: '', maxNewTokens: 50, timeoutMs: TIMEOUT_MS }
    // Each has a model of its own: a 401 of one would be remembered for the others.
    const visits = Array.from({ length: ANSWERS }, async () => {
      await sleep(below(500))
      return visit(pulled(createHuggingFaceModel(settings, { retryBaseMs: 10 })))
    })
    const endings = await Promise.all(visits)
    const strange = endings.filter(
      (ending) => ending !== 'done' && ending !== 'left' && !(ending instanceof AppError),
    )
    expect(strange).toEqual([])
    expect(
      new Set(endings.map((ending) => (ending instanceof AppError ? ending.code : ending))).size,
    ).toBeGreaterThan(4)
    await expect.poll(() => open, { timeout: 20_000 }).toBe(0)
    // Rejections are told of after the microtasks of a turn.
    await sleep(50)
    expect(unheard, `seed ${SEED}`).toEqual([])
  } finally {
    process.off('unhandledRejection', hear)
  }
})
