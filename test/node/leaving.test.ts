/** Visitors who leave and models that break while replies stream, many at once, over real sockets. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prose } from '../support/prose.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'
import { readEvents } from '../support/read-events.ts'
import { recorded } from '../support/recorded.ts'
import { scripted } from '../support/script.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const server = inject('modelServer')
const VISITORS = 20
const ROUNDS = 2

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const delta = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`

/** Reads events until the connection ends, however it does. */
async function readOn(response: Response): Promise<void> {
  try {
    for await (const _ of response.body ?? []);
  } catch {
    // It was cut by this test, or by the app.
  }
}

describe('the process', () => {
  let app: StartedApp
  beforeAll(async () => {
    app = await startOnNode({ HF_MODEL_URL: `${server}/v1`, TIMEOUT_MS: '10000' })
  })
  afterAll(() => app.close())

  /** Asks and leaves after a while, whether anything was read or not. */
  async function askAndLeave(message: string, afterMs: number, reads: boolean): Promise<void> {
    const leaving = new AbortController()
    const asked = createVisitor(app.url)
      .stream({ message, html: true }, leaving.signal)
      .then((response) => (reads ? readOn(response) : sleep(afterMs)))
      .catch(() => {})
    await sleep(afterMs)
    leaving.abort()
    await asked
  }

  /** Somebody else's turn, which nothing of this may touch. */
  async function askCalmly(mark: string): Promise<void> {
    const words = prose(7, 1200)
    const message = `${mark} [say:${words}] [every:10]`
    const { events } = await readEvents(await createVisitor(app.url).stream({ message }))
    expect(events.at(-1)).toMatchObject({ name: 'done', data: { reply: words } })
  }

  it('notes a visitor who leaves while the message arrives as one who left', async () => {
    const raw = await openRaw(app.url)
    raw.socket.write(toRequest('POST', '/chat', { message: 'Hi' }, { 'Content-Length': '500' }))
    await sleep(50)
    raw.socket.destroy()
    const line = () => /.*"status":499.*/.exec(app.logs())?.[0] ?? ''
    await expect.poll(line, { timeout: 10_000 }).toContain('"code":"visitor_left"')
    expect(line()).toContain('"level":"info"')
  })

  it('outlives visitors who leave in the middle of their replies, and touches nobody else', async () => {
    const calm = askCalmly('calm')
    for (let round = 0; round < ROUNDS; round++) {
      const leaves = Array.from({ length: VISITORS }, (_, i) => {
        // Of a reader who has stopped, more is said than the sockets between hold.
        const reads = i % 3 > 0
        const says = reads ? `[say:${prose(i, 4000)}] [every:3]` : '[count:20000]'
        return askAndLeave(
          `leaves-${round}-${i} ${says}`,
          100 + ((i * 53 + round * 17) % 1200),
          reads,
        )
      })
      await Promise.all(leaves)
    }
    await calm
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    const open = async () => (await recorded(server, 'leaves-')).filter(({ open }) => open).length
    await expect.poll(open, { timeout: 5000 }).toBe(0)
    expect(app.logs()).not.toMatch(/nhandled/)
  })

  it('outlives models that break in the moment in which they speak', async () => {
    const text = delta(prose(3, 1500))
    const breaks = [
      () =>
        scripted({ chunks: [text, `${text}data: {"error":"out of memory"}\n\n`], everyMs: 150 }),
      () => scripted({ chunks: [text, text], everyMs: 150 }),
      () => scripted({ chunks: [text, text], everyMs: 150, ends: 'reset' }),
    ]
    const turns = Array.from({ length: 3 * VISITORS }, async (_, i) => {
      const message = breaks[i % breaks.length]?.() ?? ''
      const response = await createVisitor(app.url).stream({ message, html: i % 2 === 0 })
      const { events } = await readEvents(response)
      return events.at(-1)
    })
    for (const last of await Promise.all(turns)) {
      expect(last).toMatchObject({ name: 'error', data: { partial: true } })
    }
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    expect(app.logs()).not.toMatch(/nhandled/)
  })
})
