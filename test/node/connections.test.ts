/** What one connection may ask of the server, and how long it may take, over real sockets. */

import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createNodeServer, type ServerOptions, toAddress } from '../../src/node/server.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'

const SOON = { timeout: 10_000, interval: 20 }

/** Listens with an app of one function. */
async function serve(options: Pick<ServerOptions, 'fetch'> & Partial<ServerOptions>) {
  const logged: unknown[] = []
  const log: ServerOptions['log'] = (...line) => logged.push(line)
  const { server, connections } = createNodeServer({ log, silenceMs: 60_000, ...options })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, server, connections, logged }
}

describe('pipelined requests', () => {
  it('are answered one at a time, in their order, with their bodies', async () => {
    let open = 0
    let most = 0
    const { url } = await serve({
      async fetch(request) {
        open += 1
        most = Math.max(most, open)
        const body = await request.text()
        await new Promise((resolve) => setTimeout(resolve, 2))
        open -= 1
        return new Response(`<${new URL(request.url).pathname} ${body}>`)
      },
    })
    const raw = await openRaw(url)
    const requests = Array.from({ length: 90 }, (_, i) =>
      i % 2
        ? toRequest('GET', `/${i}`)
        : toRequest('POST', `/${i}`, { n: i, pad: 'x'.repeat(500) }),
    )
    raw.socket.write(requests.join(''))
    await expect.poll(() => raw.received().match(/<\/\d+/g)?.length, SOON).toBe(90)
    const order = [...raw.received().matchAll(/<\/(\d+)/g)].map(([, n]) => Number(n))
    expect(order).toEqual(Array.from({ length: 90 }, (_, i) => i))
    expect(raw.received()).toContain('</88 {"n":88,')
    expect(most).toBe(1)
  })

  it('of two connections do not wait for each other', async () => {
    const { url } = await serve({
      fetch: (request) =>
        request.url.endsWith('/slow') ? new Promise(() => {}) : new Response('quick'),
    })
    const slow = await openRaw(url)
    slow.socket.write(toRequest('GET', '/slow') + toRequest('GET', '/quick'))
    const quick = await openRaw(url)
    quick.socket.write(toRequest('GET', '/quick'))
    await expect.poll(() => quick.received(), SOON).toContain('quick')
    expect(slow.received()).toBe('')
  })

  it('close the connection when there are hundreds, having begun only one', async () => {
    let begun = 0
    let parsed = 0
    const { url, server } = await serve({
      fetch() {
        begun += 1
        return new Promise(() => {})
      },
    })
    server.on('request', () => {
      parsed += 1
    })
    const raw = await openRaw(url)
    raw.socket.write(toRequest('GET', '/').repeat(400))
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    expect(begun).toBe(1)
    // The one that is answered, a hundred that wait, and the one too many.
    expect(parsed).toBe(102)
  })

  it('that wait are forgotten with their connection', async () => {
    const asked: string[] = []
    const { url, connections } = await serve({
      fetch(request) {
        asked.push(new URL(request.url).pathname)
        return new Promise(() => {})
      },
    })
    const raw = await openRaw(url)
    raw.socket.write(toRequest('GET', '/first') + toRequest('GET', '/second'))
    await expect.poll(() => connections.answering(), SOON).toBe(1)
    raw.socket.destroy()
    await expect.poll(() => connections.answering(), SOON).toBe(0)
    expect(asked).toEqual(['/first'])
  })
})

describe('a slow client', () => {
  it('that never finishes its headers is answered 408 and closed', async () => {
    const { url } = await serve({ fetch: () => new Response(), headersMs: 200, checkMs: 50 })
    const raw = await openRaw(url)
    raw.socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    const drip = setInterval(() => raw.socket.write('x'), 20)
    onTestFinished(() => clearInterval(drip))
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    expect(raw.received()).toMatch(/^HTTP\/1\.1 408 .*"code":"bad_request"/s)
  })

  it('that never finishes its body is answered 408 and closed', async () => {
    const { url } = await serve({
      fetch: async (request) => new Response(await request.text()),
      headersMs: 200,
      requestMs: 300,
      checkMs: 50,
    })
    const raw = await openRaw(url)
    raw.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc')
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    expect(raw.received()).toMatch(/^HTTP\/1\.1 408 .*"code":"bad_request"/s)
  })

  it('that stops reading is cut, and the reply is told', async () => {
    let left = false
    const { url, connections } = await serve({
      silenceMs: 500,
      fetch: () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
            cancel: () => {
              left = true
            },
          }),
        ),
    })
    const raw = await openRaw(url, { reads: false })
    raw.socket.write(toRequest('GET', '/'))
    await expect.poll(() => connections.answering(), SOON).toBe(1)
    await expect.poll(() => connections.answering(), SOON).toBe(0)
    await expect.poll(() => left, SOON).toBe(true)
  })

  it('that reads slowly is not cut', async () => {
    const { url } = await serve({
      silenceMs: 500,
      fetch: () => new Response('x'.repeat(16 * 1024 * 1024)),
    })
    const raw = await openRaw(url, { reads: false })
    raw.socket.write(toRequest('GET', '/'))
    let bytes = 0
    // 256 KiB each 25 ms: longer in all than the limit.
    while (bytes < 16 * 1024 * 1024 && !raw.isClosed()) {
      bytes += raw.socket.read(Math.min(256 * 1024, raw.socket.readableLength))?.length ?? 0
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    expect(bytes).toBeGreaterThan(16 * 1024 * 1024)
  })
})

describe('what is no HTTP', () => {
  it.each([
    ['FOO / HTTP/1.1\r\n\r\n', 400, 'bad_request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'too_large'],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
    ['OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
    ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400, 'bad_request'],
  ])('is answered with JSON: %.30s', async (bytes, status, code) => {
    const { url, logged } = await serve({
      fetch: async (request) => new Response(await request.text().catch(() => '')),
    })
    const raw = await openRaw(url)
    raw.socket.write(bytes)
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    const [head = '', body = ''] = raw.received().split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(body)).toEqual({
      error: expect.any(String),
      code,
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    })
    expect(logged).toHaveLength(1)
  })

  it('of an app that throws is answered with JSON', async () => {
    const { url, logged } = await serve({ fetch: () => Promise.reject(new Error('a secret')) })
    const response = await fetch(url)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ code: 'internal' })
    expect(JSON.stringify(logged)).not.toContain('a secret')
    expect(logged).toHaveLength(1)
  })

  it('does not spoil the answer before it', async () => {
    const { url } = await serve({ fetch: () => new Promise(() => {}) })
    const raw = await openRaw(url)
    raw.socket.write(`${toRequest('GET', '/')}FOO\r\n\r\n`)
    await expect.poll(() => raw.isClosed(), SOON).toBe(true)
    expect(raw.received()).toBe('')
  })
})

describe('toAddress', () => {
  it.each([
    ['127.0.0.1', 'http://localhost:8787'],
    ['0.0.0.0', 'http://localhost:8787'],
    ['::', 'http://localhost:8787'],
    ['::1', 'http://[::1]:8787'],
    ['192.168.0.7', 'http://192.168.0.7:8787'],
  ])('shows %s as %s', (host, address) => {
    expect(toAddress(host, 8787)).toBe(address)
  })
})
