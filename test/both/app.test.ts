import { Hono } from 'hono'
import { testClient } from 'hono/testing'
import { describe, expect, it } from 'vitest'
import { createUnconfiguredApp } from '../../src/app.ts'
import type { AppEnv } from '../../src/context.ts'
import { newTurnId } from '../../src/conversation/turn-id.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { readEvents } from '../support/read-events.ts'
import { createVisitor } from '../support/visitor.ts'

describe('POST /chat', () => {
  it('saves a reply in one piece although another machine’s clock was ahead', async () => {
    const { app, cookies } = createChatApp()
    const ahead = { ...cookies.start(), floor: 'z'.repeat(13) }
    const { line } = await cookies.save(ahead, 'plain')
    const response = await app.request(`${ORIGIN}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: line.split(';')[0] ?? '' },
      body: '{"message": "Hi"}',
    })
    expect(await response.json()).toEqual({ reply: 'Answer to Hi' })
    const saved = await cookies.load(
      response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      'plain',
    )
    expect(saved?.turns).toMatchObject([{ user: 'Hi', assistant: 'Answer to Hi' }])
  })

  it('saves a streamed reply although another machine’s clock was an hour ahead', async () => {
    const { app, cookies } = createChatApp()
    const visitor = createVisitor(ORIGIN, app.request)
    const floor = newTurnId(Date.now() + 3_600_000, '')
    const { line } = await cookies.save({ ...cookies.start(), floor }, 'plain')
    visitor.setCookie(line.split(';')[0] ?? '')
    const { events } = await readEvents(await visitor.stream({ message: 'Hi' }))
    const receipt = events.at(-1)?.data['receipt']
    expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
    expect((await visitor.history()).turns).toHaveLength(2)
  })
})

describe('the app', () => {
  it('tells a typed client its routes', async () => {
    const client = testClient(createChatApp().app)
    expect(await (await client.healthz.$get()).json()).toEqual({ status: 'ok' })
    expect((await client.readyz.$get()).status).toBe(200)
    expect(await (await client.reset.$post()).json()).toEqual({ status: 'reset' })
    expect(await (await client.history.$get()).json()).toEqual({ turns: [], forgotten: 0 })
    // @ts-expect-error there is no such route
    expect((await client.nowhere.$get()).status).toBe(404)
  })

  it('sets exactly the headers that close what a chat page never needs', async () => {
    const { headers } = await createChatApp().app.request(`${ORIGIN}/healthz`)
    const { 'x-request-id': id, ...others } = Object.fromEntries(headers)
    expect(id).toMatch(/^[\w-]{8,}$/)
    expect(others).toEqual({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'content-type': 'application/json',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('answers a preflight without allowing anybody where no origin is allowed', async () => {
    const response = await createChatApp().app.request(`${ORIGIN}/chat`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://foe.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it('refuses a method as a page to people, with the methods that there are', async () => {
    const headers = { Accept: 'text/html, application/json;q=0.5' }
    const response = await createChatApp().app.request(`${ORIGIN}/chat`, { headers })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST'])
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=UTF-8')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/)
  })

  it('opens a session only for a route that says so, or it does not compile', async () => {
    const routes = new Hono<AppEnv>().get('/', (c) => {
      // @ts-expect-error no middleware before this route opens a session
      const { session } = c.var
      return c.text(typeof session)
    })
    expect(await (await routes.request('/')).text()).toBe('undefined')
  })
})

describe('an app that is not configured', () => {
  const app = createUnconfiguredApp({ badSettings: ['SESSION_SECRET'], log: () => {} })

  it.each(['/', '/chat', '/nowhere'])('names its settings at %s', async (path) => {
    const response = await app.request(ORIGIN + path)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('SESSION_SECRET')
    expect((await app.request(ORIGIN + path, { method: 'POST' })).status).toBe(503)
  })

  it('answers its health routes', async () => {
    const client = testClient(app)
    expect((await client.healthz.$get()).status).toBe(200)
    const ready = await client.readyz.$get()
    expect([ready.status, await ready.text()]).toEqual([
      503,
      'settings: check SESSION_SECRET\nstore: none\n',
    ])
  })
})
