import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { startOnNode, type TestSettings } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const model = { HF_MODEL_URL: `${inject('modelServer')}/v1` }

describe('the app on Node', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aplly-chat-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function talk(visitor: Visitor, turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await visitor.say(`Number ${i}: ${prose(i, 1200)}`)
  }

  it('remembers long conversations over a restart, in a file that it makes with its folder', async () => {
    const settings = { ...model, DATABASE_PATH: join(folder, 'new', 'history.sqlite') }
    const first = await startOnNode(settings)
    const before = createVisitor(first.url)
    await talk(before, 12)
    await first.close()
    expect((await stat(settings.DATABASE_PATH)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
    const second = await startOnNode(settings)
    const after = createVisitor(second.url)
    after.setCookie(before.cookie())
    expect((await after.history()).turns).toHaveLength(24)
    await second.close()
  })

  it.each<[string, () => TestSettings, RegExp]>([
    ['the file cannot be opened', () => ({ DATABASE_PATH: folder }), /DATABASE_PATH.*in memory/],
    [
      'its folder cannot be made',
      () => ({ DATABASE_PATH: '/dev/null/x' }),
      /DATABASE_PATH.*memory/,
    ],
  ])('goes on in memory when %s, and says so', async (_name, settings, line) => {
    const app = await startOnNode({ ...model, ...settings() })
    expect(app.logs()).toMatch(line)
    const visitor = createVisitor(app.url)
    await talk(visitor, 12)
    expect((await visitor.history()).turns).toHaveLength(24)
    await app.close()
  })

  it('fills no further room for receipts that come again and again with cookies of long ago', {
    timeout: 120_000,
  }, async () => {
    const file = join(folder, 'replayed.sqlite')
    const app = await startOnNode({ ...model, DATABASE_PATH: file })
    const visitor = createVisitor(app.url)
    await visitor.say('Hello')
    const receipts: string[] = []
    const cookies = [visitor.cookie()]
    for (let i = 0; i < 10; i++) {
      const { events } = await readEvents(await visitor.stream({ message: prose(i, 28_000) }))
      receipts.push(String(events.at(-1)?.data['receipt']))
      await visitor.post('/chat/commit', { receipts: receipts.slice(-1) })
      cookies.push(visitor.cookie())
    }
    expect(receipts.join('').length).toBeGreaterThan(100_000)
    const bytes = async () =>
      (await stat(file)).size + (await stat(`${file}-wal`).then(({ size }) => size))
    async function replay(cookie: string): Promise<void> {
      visitor.setCookie(cookie)
      expect((await visitor.post('/chat/commit', { receipts })).status).toBe(200)
    }
    for (const cookie of cookies) await replay(cookie)
    const before = await bytes()
    for (let i = 0; i < 60; i++) await replay(cookies[i % cookies.length] ?? '')
    expect(await bytes()).toBe(before)
    await replay(cookies[0] ?? '')
    const { turns, forgotten, unreadable } = await visitor.history()
    expect([turns.length, forgotten, unreadable]).toEqual([22, 0, undefined])
    await app.close()
  })

  it('keeps the newest turns when it shall have no store, counts what it drops and says so', async () => {
    const app = await startOnNode({ ...model, DATABASE_PATH: 'off' })
    const visitor = createVisitor(app.url)
    await talk(visitor, 30)
    const { turns, forgotten } = await visitor.history()
    expect(forgotten).toBeGreaterThan(0)
    expect(turns.length + forgotten).toBe(60)
    expect(turns.at(-2)?.content).toContain('Number 29')
    expect(await visitor.page()).toContain(`<span id="forgotten-count">${forgotten}</span>`)
    const response = await visitor.post('/chat', { message: 'Hi' })
    expect(Number(response.headers.get('X-Forgotten-Messages'))).toBeGreaterThanOrEqual(forgotten)
    expect(app.logs()).toMatch(/messages_forgotten.*"messages":\d+/)
    await app.close()
  })

  it('does not start with an address of Redis that is none, and does not repeat it', async () => {
    const started = startOnNode({ ...model, REDIS_URL: 'http://user:geheim@host' })
    await expect(started).rejects.toThrow(/code 1:\nREDIS_URL must be an address/)
    await expect(started).rejects.not.toThrow(/geheim/)
  })
})
