import { describe, expect, it, vi } from 'vitest'
import worker from '../../src/worker.ts'
import { createKvFake } from '../support/kv-fake.ts'
import { prose } from '../support/prose.ts'

const TURNS = 200

describe('a conversation on Workers', () => {
  it('costs under 0.4 writes a turn and no reads', async () => {
    const kv = createKvFake()
    const env = {
      SESSION_SECRET: 'a secret of the tests long enough to sign with',
      LOG_LEVEL: 'off',
      HISTORY: kv,
    }
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} }
    let cookie = ''
    for (let i = 0; i < TURNS; i++) {
      const request = new Request('http://localhost/chat', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Cookie: cookie },
        body: JSON.stringify({ message: `I think that ${prose(i, 900)}` }),
      })
      const response = await worker.fetch(request, env, context)
      expect(response.status).toBe(200)
      const [line = ''] = response.headers.getSetCookie()
      expect(line.length).toBeLessThanOrEqual(4093)
      cookie = line.split(';')[0] ?? ''
    }
    expect(kv.calls).toMatchObject({ get: 0, delete: 0, list: 0 })
    expect(kv.calls.put).toBeGreaterThan(TURNS / 10)
    expect(kv.calls.put).toBeLessThan(0.4 * TURNS)
    const history = await worker.fetch(
      new Request('http://localhost/history', { headers: { Cookie: cookie } }),
      env,
      context,
    )
    expect(await history.json()).toMatchObject({ turns: { length: 2 * TURNS }, forgotten: 0 })
  })
})

describe('settings on Workers', () => {
  it('that would leave open what shall be closed keep the app from answering', async () => {
    vi.resetModules()
    const { default: fresh } = await import('../../src/worker.ts')
    const env = {
      SESSION_SECRET: 'a secret of the tests long enough to sign with',
      ACCESS_PASSWORD: 'geheim',
      LOG_LEVEL: 'off',
    }
    const context = { waitUntil() {}, passThroughOnException() {}, props: {} }
    const response = await fresh.fetch(new Request('http://localhost/'), env, context)
    const text = await response.text()
    expect([response.status, text]).toEqual([503, expect.stringContaining('ACCESS_PASSWORD')])
    expect(text).not.toContain('geheim')
  })
})
