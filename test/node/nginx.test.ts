import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Listening } from '../support/listen.ts'
import { startNginx } from '../support/nginx.ts'
import { prose } from '../support/prose.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const block = /^```nginx\n(.*?)^```$/ms.exec(readme)?.[1] ?? ''

describe("README's lines for nginx", () => {
  let app: StartedApp
  let nginx: Listening
  beforeAll(async () => {
    app = await startOnNode({ HF_MODEL_URL: `${inject('modelServer')}/v1` })
    nginx = await startNginx(block.replace('http://127.0.0.1:8787', app.url))
  })
  afterAll(async () => {
    await nginx.close()
    await app.close()
  })

  it('stand for the whole of it', () => {
    expect(block).toMatch(/^server \{/)
    expect(block).toContain('proxy_pass http://127.0.0.1:8787;')
  })

  it('take every cookie, as large as it may grow', async () => {
    const visitor = createVisitor(nginx.url)
    const sizes: number[] = []
    for (let i = 0; i < 14; i++) {
      const message = `Number ${i}: ${prose(i, 700)}`
      expect((await visitor.post('/chat', { message })).status).toBe(200)
      sizes.push(visitor.cookie().length)
    }
    expect(Math.max(...sizes)).toBeGreaterThan(3500)
    expect((await visitor.history()).turns).toHaveLength(28)
  })

  it('pass words on as they come', async () => {
    const response = await createVisitor(nginx.url).stream({ message: '[count:50] [every:100]' })
    expect(response.status).toBe(200)
    let early = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      early += decoder.decode(chunk, { stream: true })
      if (early.includes('event: token')) break
    }
    expect(early).toContain('event: token')
    expect(early).not.toContain('event: done')
  })

  it('tell the app which host the visitor used, port and all', async () => {
    // Without Sec-Fetch-Site, as on plain HTTP, the origin is compared with the host.
    const { say } = createVisitor(nginx.url, (url, init) => {
      const headers = new Headers(init.headers)
      headers.set('Origin', nginx.url)
      return fetch(url, { ...init, headers })
    })
    expect(await say('[say:Hello]')).toBe('Hello')
  })
})
