/** The folder `static` on Node, as a browser asks for it. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { parseRange } from '../../src/node/range.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const server = inject('modelServer')
const style = readFileSync(fileURLToPath(new URL('../../static/style.css', import.meta.url)))

let app: StartedApp
beforeAll(async () => {
  app = await startOnNode({ HF_MODEL_URL: `${server}/v1` })
})
afterAll(() => app.close())

/** Asks for the style sheet, uncompressed unless the headers say otherwise. */
function get(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const all = { 'Accept-Encoding': 'identity', ...headers }
  return fetch(`${app.url}/style.css`, { method, headers: all })
}

describe('static files on Node', () => {
  it('answer 304 to a copy that is still good, and 200 to any other', async () => {
    const { headers } = await get()
    const tag = headers.get('ETag') ?? ''
    const modified = headers.get('Last-Modified') ?? ''
    expect(headers.get('Cache-Control')).toBe('public, max-age=0, must-revalidate')
    const later = new Date(Date.parse(modified) + 60_000).toUTCString()
    const earlier = new Date(Date.parse(modified) - 60_000).toUTCString()
    const asked: [number, Record<string, string>][] = [
      [304, { 'If-None-Match': tag }],
      [304, { 'If-None-Match': `"x", W/${tag}` }],
      [304, { 'If-None-Match': '*' }],
      [200, { 'If-None-Match': '"x"' }],
      [304, { 'If-Modified-Since': modified }],
      [304, { 'If-Modified-Since': later }],
      [200, { 'If-Modified-Since': earlier }],
      [200, { 'If-Modified-Since': 'never' }],
      // The tag alone decides where both are given.
      [200, { 'If-Modified-Since': later, 'If-None-Match': '"x"' }],
    ]
    for (const [status, conditions] of asked) {
      const response = await get(conditions)
      expect([response.status, conditions]).toEqual([status, conditions])
      expect(await response.text()).toBe(status === 200 ? style.toString() : '')
      expect(response.headers.get('ETag')).toBe(tag)
      expect(response.headers.get('Vary')).toMatch(/Accept-Encoding/)
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
    }
  })

  it('answer one range, refuse one that lies outside, and ignore all others', async () => {
    const size = style.length
    const asked: [string, number, string | null][] = [
      ['bytes=0-9', 206, `bytes 0-9/${size}`],
      ['bytes=10-', 206, `bytes 10-${size - 1}/${size}`],
      ['bytes=-10', 206, `bytes ${size - 10}-${size - 1}/${size}`],
      [`bytes=5-${size * 2}`, 206, `bytes 5-${size - 1}/${size}`],
      [`bytes=${size}-`, 416, `bytes */${size}`],
      ['bytes=-0', 416, `bytes */${size}`],
      ['bytes=9-5', 200, null],
      ['bytes=0-1,4-5', 200, null],
      ['abc', 200, null],
      ['0-5', 200, null],
      ['lines=0-5', 200, null],
    ]
    for (const [range, status, content] of asked) {
      const response = await get({ Range: range })
      expect([range, response.status, response.headers.get('Content-Range')]).toEqual([
        range,
        status,
        content,
      ])
      const body = Buffer.from(await response.arrayBuffer())
      const [, first = '0', last = ''] = /bytes (\d+)-(\d+)/.exec(content ?? '') ?? []
      const expected =
        status === 416 ? '' : style.subarray(Number(first), last ? Number(last) + 1 : size)
      expect(body.toString()).toBe(expected.toString())
    }
    expect((await get({ Range: 'bytes=0-9', 'If-Range': '"old"' })).status).toBe(200)
  })

  it('are compressed for whoever takes it, each form with a tag of its own', async () => {
    const plain = await get()
    const packed = await get({ 'Accept-Encoding': 'br, gzip' })
    expect(packed.headers.get('Content-Encoding')).toBe('gzip')
    expect(packed.headers.get('ETag')).not.toBe(plain.headers.get('ETag'))
    expect(await packed.text()).toBe(style.toString())
    const again = { 'Accept-Encoding': 'gzip', 'If-None-Match': packed.headers.get('ETag') ?? '' }
    expect((await get(again)).status).toBe(304)
    const part = await get({ 'Accept-Encoding': 'gzip', Range: 'bytes=0-9' })
    expect([part.status, part.headers.get('Content-Encoding')]).toEqual([206, null])
    for (const response of [plain, packed]) {
      expect(response.headers.get('Vary')).toMatch(/Accept-Encoding/)
    }
    for (const none of ['identity', 'gzip;q=0', 'br']) {
      expect((await get({ 'Accept-Encoding': none })).headers.get('Content-Encoding')).toBeNull()
    }
    const image = await fetch(`${app.url}/icon-192.png`, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(image.headers.get('Content-Encoding')).toBeNull()
    const raw = await openRaw(app.url)
    const headers = { 'Accept-Encoding': 'gzip', Connection: 'close' }
    raw.socket.write(toRequest('GET', '/app.js', undefined, headers))
    await expect.poll(() => raw.isClosed(), { timeout: 10_000 }).toBe(true)
    expect(raw.received().length).toBeLessThan(15_000)
  })

  it('answer HEAD as GET without a body, and no other method', async () => {
    const head = await get({}, 'HEAD')
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(style.length)])
    expect(head.headers.get('ETag')).toBe((await get()).headers.get('ETag'))
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const refused = await get({}, method)
      expect([refused.status, refused.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
      expect(await refused.json()).toMatchObject({ code: 'method_not_allowed' })
    }
  })

  it('leave out what is meant for the platform, folders, and what lies elsewhere', async () => {
    for (const path of ['/_headers', '/%2e%2e/package.json', '/..%2fpackage.json', '//app.js']) {
      expect([path, (await fetch(app.url + path)).status]).toEqual([path, 404])
    }
  })

  it('leave streams alone: neither compressed nor held back', async () => {
    const visitor = createVisitor(app.url)
    const response = await visitor.stream({ message: '[count:3] [every:1]' })
    expect(response.headers.get('Content-Encoding')).toBeNull()
    expect(response.headers.get('ETag')).toBeNull()
    await response.text()
    const page = await fetch(app.url, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(page.headers.get('Content-Encoding')).toBeNull()
  })
})

describe('parseRange', () => {
  it.each([
    ['bytes=0-0', 10, { kind: 'part', start: 0, end: 1 }],
    ['bytes=9-', 10, { kind: 'part', start: 9, end: 10 }],
    ['bytes=-99', 10, { kind: 'part', start: 0, end: 10 }],
    ['bytes=10-', 10, { kind: 'outside' }],
    ['bytes=-0', 10, { kind: 'outside' }],
    ['bytes=0-', 0, { kind: 'outside' }],
    ['bytes=2-1', 10, { kind: 'whole' }],
    ['bytes=-', 10, { kind: 'whole' }],
    ['bytes=0-1,3-4', 10, { kind: 'whole' }],
    ['', 10, { kind: 'whole' }],
  ])('%s of %i bytes', (header, size, range) => {
    expect(parseRange(header, size)).toEqual(range)
  })
})
