import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { workerBytes } from '../support/worker-size.ts'

const MAX_FIRST_VISIT_BYTES = 22 * 1024
const MAX_SCRIPT_BYTES = 11_500
/** Workers parse so much in a few milliseconds. */
const MAX_WORKER_BYTES = 150_000

describe('a first visit', () => {
  let app: StartedApp
  beforeAll(async () => {
    app = await startOnNode({})
  })
  afterAll(() => app.close())

  async function gzipped(path: string): Promise<number> {
    const response = await fetch(app.url + path)
    expect(response.status, path).toBe(200)
    return gzipSync(await response.bytes()).length
  }

  it('weighs no more than it may', async () => {
    const page = await (await fetch(app.url)).text()
    const files = [...page.matchAll(/ (?:src|href)="(\/[^"?#]+\.(?:js|css|svg|webmanifest))["#]/g)]
    const paths = [...new Set(files.map(([, path = '']) => path))]
    expect(paths).toContain('/app.js')
    expect(paths).toContain('/style.css')
    expect(paths).toContain('/icons.svg')
    const sizes = await Promise.all(['/', ...paths].map(gzipped))
    const script = await Promise.all(['/app.js', '/theme.js'].map(gzipped))
    expect(script.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MAX_FIRST_VISIT_BYTES)
  })

  it('finds every icon that the manifest names, in its size', async () => {
    const response = await fetch(`${app.url}/manifest.webmanifest`)
    expect(response.headers.get('Content-Type')).toMatch(/^application\/manifest\+json/)
    const manifest: { icons: { src: string; type: string; sizes: string }[] } = JSON.parse(
      await response.text(),
    )
    expect(manifest.icons.length).toBeGreaterThan(3)
    for (const { src, type, sizes } of manifest.icons) {
      const icon = await fetch(app.url + src)
      expect(icon.headers.get('Content-Type'), src).toContain(type)
      if (type !== 'image/png') continue
      // The width and the height in a PNG's header (W3C PNG §11.2.1).
      const view = new DataView(await icon.arrayBuffer())
      expect(`${view.getUint32(16)}x${view.getUint32(20)}`).toBe(sizes)
    }
  })
})

describe('the Worker', () => {
  it('weighs no more than it may', async () => {
    const size = await workerBytes()
    expect(size).toBeGreaterThan(30_000)
    expect(size).toBeLessThanOrEqual(MAX_WORKER_BYTES)
  })
})
