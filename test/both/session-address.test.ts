import { describe, expect, it } from 'vitest'
import type { LogFields } from '../../src/log.ts'
import { createChatApp } from '../support/chat-app.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

type App = ReturnType<typeof createChatApp>['app']

/** Says something, and gives back the cookie as the next request sends it. */
async function say(app: App, url: string, headers: Record<string, string> = {}): Promise<string> {
  const body = '{"message": "Hi"}'
  const init = { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body }
  const response = await app.request(`${url}/chat`, init)
  expect(response.status).toBe(200)
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function turns(app: App, url: string, headers: Record<string, string>): Promise<number> {
  const response = await app.request(`${url}/history`, { headers })
  const history: { turns: unknown[] } = JSON.parse(await response.text())
  return history.turns.length
}

describe('a private host that gets HTTPS', () => {
  const url = 'http://chat.internal'
  const forwarded = { 'X-Forwarded-Proto': 'https' }

  it('remembers what was said before, and keeps it in the stricter cookie from then on', async () => {
    const { app } = createChatApp()
    const plain = await say(app, url)
    expect(plain).toMatch(/^chat_dev=/)
    expect(await turns(app, url, { ...forwarded, Cookie: plain })).toBe(2)
    const secure = await say(app, url, { ...forwarded, Cookie: plain })
    expect(secure).toMatch(/^__Host-chat=/)
    expect(await turns(app, url, { ...forwarded, Cookie: `${plain}; ${secure}` })).toBe(4)
  })

  it('does not come back to it after a reset', async () => {
    const { app } = createChatApp()
    const plain = await say(app, url)
    const headers = { ...forwarded, Cookie: plain }
    const response = await app.request(`${url}/reset`, { method: 'POST', headers })
    const secure = response.headers.getSetCookie()[0]?.split(';')[0]
    expect(await turns(app, url, { ...forwarded, Cookie: `${plain}; ${secure}` })).toBe(0)
  })

  it('is no reason to read the cookie without a prefix on a public host', async () => {
    const { app } = createChatApp()
    const plain = await say(app, url)
    for (const there of ['https://chat.example.com', 'http://chat.example.com']) {
      expect(await turns(app, there, { ...forwarded, Cookie: plain })).toBe(0)
    }
  })
})

describe('plain HTTP', () => {
  function logging() {
    const warnings: LogFields[] = []
    const { app } = createChatApp({
      log: (level, event, fields = {}) => {
        if (level === 'warn') warnings.push({ event, ...fields })
      },
    })
    return { app, warnings }
  }

  it('on a public host is told to the owner once, with what to do', async () => {
    const { app, warnings } = logging()
    for (let i = 0; i < 3; i++) await app.request('http://chat.example.com/')
    expect(warnings).toEqual([
      {
        event: 'insecure_address',
        host: 'chat.example.com',
        detail: expect.stringContaining('X-Forwarded-Proto: https'),
      },
    ])
  })

  it('is no reason to warn on a private host, behind TLS, or of a health check', async () => {
    const { app, warnings } = logging()
    const headers = { 'X-Forwarded-Proto': 'https' }
    await app.request('http://localhost/')
    await app.request('http://10.1.2.3/')
    await app.request('https://chat.example.com/')
    await app.request('http://chat.example.com/', { headers })
    await app.request('http://8.8.8.8/healthz')
    expect(warnings).toEqual([])
  })
})
