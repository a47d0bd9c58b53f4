import { cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prose } from '../support/prose.ts'
import { startOnNode } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
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

  /** The bundle and the folder `static` beside it are all that runs; a folder of their own has a `.data` of its own. */
  async function copyOfApp(to: string): Promise<string> {
    await cp(`${root}static`, join(to, 'static'), { recursive: true })
    await cp(`${root}dist/node.mjs`, join(to, 'dist', 'node.mjs'))
    return join(to, 'dist', 'node.mjs')
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

  it('goes on in memory when nobody asked for a file and the usual one cannot be made, and says so', async () => {
    const copy = await copyOfApp(join(folder, 'copy'))
    await writeFile(join(folder, 'copy', '.data'), 'no folder')
    const app = await startOnNode({ ...model, DATABASE_PATH: '' }, copy)
    expect(app.logs()).toMatch(/DATABASE_PATH.*in memory/)
    expect(await (await fetch(`${app.url}/readyz`)).text()).toContain('store: memory only\n')
    const visitor = createVisitor(app.url)
    await talk(visitor, 12)
    expect((await visitor.history()).turns).toHaveLength(24)
    await app.close()
  })

  it.each([
    ['is a folder', () => folder],
    ['cannot be made', () => '/dev/null/x'],
    ['is no database', () => fileURLToPath(import.meta.url)],
  ])('does not start when the file that was asked for %s', async (_name, path) => {
    const started = startOnNode({ ...model, DATABASE_PATH: path() })
    await expect(started).rejects.toThrow(/code 1:\n[^\n]*DATABASE_PATH[^\n]*\.\n?$/)
  })

  it('does not start with a password that it would not ask for', async () => {
    const started = startOnNode({ ...model, ACCESS_PASSWORD: 'geheim' })
    await expect(started).rejects.toThrow(/code 1:\n[^\n]*ACCESS_PASSWORD is not supported/)
    await expect(started).rejects.not.toThrow(/geheim/)
  })

  it('says at the start what has no effect', async () => {
    const app = await startOnNode({ HF_MODEL: 'a/b', RATE_LIMIT: '20' })
    await expect.poll(app.logs).toMatch(/RATE_LIMIT is not supported/)
    expect(app.logs()).toMatch(/HF_MODEL is set, but neither .*: the demo model answers/)
    expect(await (await fetch(`${app.url}/readyz`)).text()).toContain('model: demo\n')
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
