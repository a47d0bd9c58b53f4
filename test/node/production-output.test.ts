/** What the program prints in production is JSON, line by line, from its start to its end; at a terminal it is sentences. */

import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNotices } from '../../src/node/notices.ts'
import { startNodeProcess } from '../support/node-process.ts'
import { openRaw, toRequest } from '../support/raw-connection.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SOON = { timeout: 10_000, interval: 50 }
const PRODUCTION = { NODE_ENV: 'production' }

/** What a library may do at any time. */
const CHATTER = `
  process.on('SIGUSR2', () => {
    console.error('raw\\u009b31m', new Error('broken: "private"'))
    console.info('The user aborted a request.')
    process.emitWarning('old', 'DeprecationWarning')
  })
`

describe('in production', () => {
  it('everything is a JSON line: start, requests, libraries, warnings, stop', async () => {
    const app = await startNodeProcess({
      preload: CHATTER,
      env: { ...PRODUCTION, LOG_LEVEL: 'debug' },
    })
    const raw = await openRaw(app.url)
    raw.socket.write(toRequest('GET', '/%C2%9B31m'))
    await expect.poll(() => raw.received(), SOON).toContain('404')
    app.child.kill('SIGUSR2')
    await expect.poll(() => app.output(), SOON).toContain('node_warning')
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(0)
    expect(app.output()).not.toMatch(/[\u007f-\u009f]|private/)
    expect(app.lines().map(({ level, event }) => `${level} ${event}`)).toEqual([
      'info started',
      'info request',
      'error console',
      'debug console',
      'warn node_warning',
      'info stopping',
    ])
  })

  it('LOG_LEVEL decides about the sentences, but not about why it ends', () => {
    const lines: string[] = []
    const codes: number[] = []
    const notices = createNotices({
      production: true,
      level: 'error',
      write: (line) => lines.push(line),
      exit(code): never {
        codes.push(code)
        throw new Error('exit')
      },
    })
    notices.tell('info', 'started', 'It is at http://localhost:1.')
    expect(() => notices.fail(['No.'])).toThrow('exit')
    expect(codes).toEqual([1])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', event: 'start_failed', message: 'No.' },
    ])
  })

  it.each([
    ['a wrong setting', { MAX_TURNS: 'x', PORT: 'y' }, /^(MAX_TURNS|PORT) must be/],
    ['a host that is none', { HOST: '300.300.300.300' }, /^Cannot listen on 300\.300\.300\.300/],
    ['a Redis address that is none', { REDIS_URL: 'redis://:' }, /REDIS_URL/],
  ])('%s is said in JSON, whatever LOG_LEVEL is', async (_what, env, sentence) => {
    const app = await startNodeProcess({ env: { ...PRODUCTION, LOG_LEVEL: 'off', ...env } })
    expect(await app.ended).toBe(1)
    expect(app.lines().length).toBeGreaterThan(0)
    for (const line of app.lines()) {
      expect(line).toMatchObject({ level: 'error', event: 'start_failed' })
      expect(line['message']).toMatch(sentence)
    }
  })

  it('a port in use is said in JSON', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    const app = await startNodeProcess({ env: { ...PRODUCTION, PORT: port } })
    expect(await app.ended).toBe(1)
    other.close()
    expect(app.lines()).toMatchObject([{ message: expect.stringContaining(`${port} is in use`) }])
  })

  it('missing settings, and Redis that is away, are said in JSON', async () => {
    const env = { ...PRODUCTION, SESSION_SECRET: '', REDIS_URL: 'redis://127.0.0.1:9/0' }
    const app = await startNodeProcess({ env })
    await expect.poll(() => app.output(), SOON).toContain('not_configured')
    expect(app.lines().map(({ event }) => event)).toEqual(['store', 'started', 'not_configured'])
  })
})

describe('at a terminal', () => {
  it('start and mistakes are sentences', async () => {
    const app = await startNodeProcess({ env: { HOST: '[::1]' } })
    expect(app.output()).toMatch(
      /^aplly Assistant is at http:\/\/\[::1\]:\d+, with the demo model\./,
    )
    const wrong = await startNodeProcess({ env: { MAX_TURNS: 'x' } })
    expect(await wrong.ended).toBe(1)
    expect(wrong.output()).toBe('MAX_TURNS must be a whole number from 1 to 1000.\n')
  })
})

describe('a start that cannot be', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aplly-start-'))
    mkdirSync(join(folder, 'dist'))
    cpSync(join(root, 'dist', 'node.mjs'), join(folder, 'dist', 'node.mjs'))
    cpSync(join(root, 'static'), join(folder, 'static'), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('says in one sentence that .dev.vars is a folder', async () => {
    mkdirSync(join(folder, '.dev.vars'))
    const app = await startNodeProcess({ bundle: join(folder, 'dist', 'node.mjs') })
    expect(await app.ended).toBe(1)
    expect(app.output()).toMatch(/^[^\n]*\.dev\.vars[^\n]*\n$/)
  })

  it('says in one sentence that .dev.vars cannot be written', async () => {
    writeFileSync(join(folder, '.dev.vars.example'), 'SESSION_SECRET=\n')
    // As root one may write anywhere, but not on what is a broken link to nowhere.
    symlinkSync('/proc/nowhere/file', join(folder, '.dev.vars'))
    const app = await startNodeProcess({
      bundle: join(folder, 'dist', 'node.mjs'),
      env: { SESSION_SECRET: '' },
    })
    expect(await app.ended).toBe(1)
    expect(app.output()).toMatch(/^[^\n]*\.dev\.vars[^\n]*\n$/)
  })

  it('does not try for ever to make a folder below /proc', async () => {
    const app = await startNodeProcess({ env: { DATABASE_PATH: '/proc/x/y.sqlite' } })
    expect(app.output()).toMatch(/DATABASE_PATH/)
  })
})
