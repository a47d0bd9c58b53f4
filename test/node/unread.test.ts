/** Clients that ask for much and read nothing, against the built program. */

import { readFileSync } from 'node:fs'
import { describe, expect, inject, it } from 'vitest'
import { startNodeProcess } from '../support/node-process.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'

const server = inject('modelServer')
const CLIENTS = 100
const MAX_RSS_MIB = 150
/** A hundred replies that are rendered at once leave more behind for V8 to collect. */
const MAX_STREAMING_RSS_MIB = 200
const SOON = { timeout: 15_000, interval: 100 }

/** Resident memory of a process in MiB, as Linux counts it. */
function rssOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

describe.skipIf(process.platform !== 'linux')('a hundred clients that never read', () => {
  it.each([
    ['more requests than may wait', 400],
    ['as many requests as may wait', 100],
  ])('and pipeline %s cost little memory', async (_what, requests) => {
    const app = await startNodeProcess({ env: { LOG_LEVEL: 'off' } })
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => openRaw(app.url, { reads: false })),
    )
    for (const { socket } of clients) socket.write(toRequest('GET', '/app.js').repeat(requests))
    const seen: number[] = []
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      seen.push(rssOf(app.child.pid))
    }
    expect(Math.max(...seen)).toBeLessThan(MAX_RSS_MIB)
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
  })

  it('and let replies be streamed cost little memory', async () => {
    const app = await startNodeProcess({ env: { HF_MODEL_URL: `${server}/v1`, LOG_LEVEL: 'off' } })
    const body = { message: '[count:600]', html: true }
    const ask = toRequest('POST', '/chat', body, { Accept: 'text/event-stream' })
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => openRaw(app.url, { reads: false })),
    )
    for (const { socket } of clients) socket.write(ask)
    const seen: number[] = []
    for (let i = 0; i < 30; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      seen.push(rssOf(app.child.pid))
    }
    expect(Math.max(...seen)).toBeLessThan(MAX_STREAMING_RSS_MIB)
  })
})

describe('one connection', () => {
  it('has one request at the model, however many it sends', async () => {
    const app = await startNodeProcess({ env: { HF_MODEL_URL: `${server}/v1` } })
    const mark = crypto.randomUUID()
    const raw = await openRaw(app.url)
    raw.socket.write(toRequest('POST', '/chat', { message: `[fault:hang] ${mark}` }).repeat(60))
    const asked = async () => {
      const list = await (await fetch(`${server}/requests?mark=${mark}`)).json()
      return Array.isArray(list) ? list.length : 0
    }
    await expect.poll(asked, SOON).toBe(1)
    // Another visitor's turn goes through meanwhile; so would the other 59.
    const other = await openRaw(app.url)
    other.socket.write(toRequest('POST', '/chat', { message: 'Hello' }))
    await expect.poll(() => other.received(), SOON).toContain('reply')
    expect(await asked()).toBe(1)
  })
})
