/** How the process ends: over real signals and sockets with the built program, and the end of the grace with a server of our own. */

import { once } from 'node:events'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { createNodeServer } from '../../src/node/server.ts'
import { createShutdown } from '../../src/node/shutdown.ts'
import { startNodeProcess } from '../support/node-process.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'
import { readEvents } from '../support/read-events.ts'
import { createVisitor } from '../support/visitor.ts'

const server = inject('modelServer')
const SOON = { timeout: 10_000, interval: 20 }
const MODEL = { HF_MODEL_URL: `${server}/v1` }

describe('a signal to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets an open reply finish, then exits with 0',
    async (signal) => {
      const app = await startNodeProcess({ env: MODEL })
      const response = await createVisitor(app.url).stream({ message: '[count:60] [every:20]' })
      app.child.kill(signal)
      await expect.poll(() => app.output(), SOON).toContain('Waiting up to 25 seconds for 1 open')
      await expect(fetch(`${app.url}/healthz`)).rejects.toThrow()
      const { events } = await readEvents(response)
      expect(events.at(-1)?.name).toBe('done')
      expect(await app.ended).toBe(0)
    },
  )

  it('closes connections at once that wait for nothing, and ends at once without open replies', async () => {
    const app = await startNodeProcess()
    const used = await openRaw(app.url)
    used.socket.write(toRequest('GET', '/healthz'))
    await expect.poll(() => used.received(), SOON).toContain('"ok"')
    const fresh = await openRaw(app.url)
    const startedAt = performance.now()
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await expect.poll(() => used.isClosed() && fresh.isClosed(), SOON).toBe(true)
  })

  it('refuses what comes on an open connection meanwhile', async () => {
    const app = await startNodeProcess({ env: MODEL })
    const raw = await openRaw(app.url)
    const accept = { Accept: 'text/event-stream' }
    raw.socket.write(toRequest('POST', '/chat', { message: '[count:60] [every:20]' }, accept))
    await expect.poll(() => raw.received(), SOON).toContain('event: token')
    app.child.kill('SIGTERM')
    await expect.poll(() => app.output(), SOON).toContain('Waiting')
    raw.socket.write(toRequest('POST', '/chat', { message: 'late' }))
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    const [stream = '', refusal = ''] = raw.received().split('HTTP/1.1 503 ')
    expect(stream).toContain('event: done')
    expect(refusal).toMatch(/\r\nretry-after: \d/i)
    expect(refusal).toMatch(/\r\nconnection: close/i)
    expect(JSON.parse(refusal.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'shutting_down' })
    expect(await app.ended).toBe(0)
  })

  it('ends a reply that takes longer than SHUTDOWN_SECONDS, and exits with 0', async () => {
    const app = await startNodeProcess({ env: { ...MODEL, SHUTDOWN_SECONDS: '0' } })
    const response = await createVisitor(app.url).stream({ message: '[count:150] [every:50]' })
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(0)
    await response.text().catch(() => {})
  })

  it('given twice ends the process at once', async () => {
    const app = await startNodeProcess({ env: MODEL })
    await createVisitor(app.url).stream({ message: '[count:150] [every:50]' })
    app.child.kill('SIGTERM')
    await expect.poll(() => app.output(), SOON).toContain('Waiting')
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(143)
  })
})

describe('createShutdown', () => {
  it('tells open replies to end when their time is over, and lets them say so', async () => {
    const stopping = new AbortController()
    const { server, connections } = createNodeServer({
      log: () => {},
      silenceMs: 60_000,
      fetch: () =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('begun'))
              stopping.signal.addEventListener('abort', () => {
                controller.enqueue(new TextEncoder().encode(' and told'))
                controller.close()
              })
            },
          }),
        ),
    })
    onTestFinished(() => {
      server.close()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const raw = await openRaw(`http://127.0.0.1:${port}`)
    raw.socket.write(toRequest('GET', '/'))
    await expect.poll(() => raw.received(), SOON).toContain('begun')

    const calls: (string | number)[] = []
    const shutdown = createShutdown({
      server,
      connections,
      graceMs: 50,
      stopping,
      close: () => calls.push('close'),
      exit: (code) => calls.push(code),
    })
    shutdown.begin(0)
    shutdown.begin(1)
    await expect.poll(() => calls, SOON).toEqual(['close', 1])
    await expect.poll(() => raw.received(), SOON).toContain('and told')
  })
})
