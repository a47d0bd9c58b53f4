/** What no code expects: the built program and its last resort, over real signals, pipes and sockets. */

import { describe, expect, inject, it } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { describeError } from '../../src/node/describe-error.ts'
import { startNodeProcess } from '../support/node-process.ts'
import { readEvents } from '../support/read-events.ts'
import { createVisitor } from '../support/visitor.ts'

const server = inject('modelServer')
const SOON = { timeout: 10_000, interval: 50 }

/** Errors on demand, as a forgotten promise or event handler would make them. */
const FAILING = `
  process.on('SIGUSR2', () => {
    void Promise.reject(new Error('lost: "a visitor wrote this" hf_abcdefghijk'))
  })
  process.on('SIGURG', () => setTimeout(() => JSON.parse('a visitor wrote this')))
`

describe('an unhandled rejection', () => {
  it('is a line of the log without what it quotes, and the process goes on', async () => {
    const app = await startNodeProcess({ preload: FAILING, env: { NODE_ENV: 'production' } })
    for (let i = 0; i < 3; i++) app.child.kill('SIGUSR2')
    await expect.poll(() => app.output(), SOON).toContain('unhandled_rejection')
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    const line = app.lines().find(({ event }) => event === 'unhandled_rejection')
    expect(line).toMatchObject({ level: 'error', detail: expect.stringMatching(/lost: …\n +at /) })
    expect(app.output()).not.toMatch(/a visitor wrote|hf_abc/)
  })
})

describe('an uncaught exception', () => {
  it('lets open replies end, takes no more, and exits with 1', async () => {
    const app = await startNodeProcess({
      preload: FAILING,
      env: { NODE_ENV: 'production', HF_MODEL_URL: `${server}/v1` },
    })
    const response = await createVisitor(app.url).stream({ message: '[count:60] [every:20]' })
    app.child.kill('SIGURG')
    await expect.poll(() => app.output(), SOON).toContain('uncaught_exception')
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow()
    const { events } = await readEvents(response)
    expect(events.at(-1)?.name).toBe('done')
    expect(await app.ended).toBe(1)
    expect(app.lines().filter(({ event }) => event === 'uncaught_exception')).toHaveLength(1)
    expect(app.output()).not.toContain('a visitor wrote')
  })
})

describe('a closed output', () => {
  it.each([['stdout'], ['stderr'], ['both']])('%s is not the end of the app', async (which) => {
    const app = await startNodeProcess({ preload: FAILING })
    if (which !== 'stderr') app.child.stdout.destroy()
    if (which !== 'stdout') app.child.stderr.destroy()
    for (let i = 0; i < 5; i++) {
      app.child.kill('SIGUSR2')
      expect((await fetch(`${app.url}/healthz`)).status).toBe(200)
    }
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(0)
  })
})

describe('describeError', () => {
  it('keeps class, code, place and causes, and drops what somebody may have written', () => {
    const cause = new AppError('model_error', { detail: 'upstream said a secret' })
    const text = describeError(
      Object.assign(new TypeError("Cannot read 'private' of x", { cause }), { code: 'E_X' }),
    )
    expect(text).toMatch(
      /^TypeError E_X: Cannot read …\n +at .*\n(?:.*\n)*caused by AppError model_error/,
    )
    expect(text).not.toMatch(/private|secret/)
  })

  it.each([
    ['Client left', 'Client left'],
    ['x'.repeat(1000), 'x'.repeat(200)],
    [{ text: 'private' }, 'thrown: object'],
    [undefined, 'thrown: undefined'],
    [
      Object.defineProperty(new Error('x'), 'stack', {
        get() {
          throw new Error('no')
        },
      }),
      'an error that cannot be described',
    ],
  ])('bears %o', (thrown, expected) => {
    expect(describeError(thrown)).toBe(expected)
  })
})
