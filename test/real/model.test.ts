/** `npm run model` as a newcomer meets it. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../support/listen.ts'
import { startOnNode } from '../support/start.ts'
import { createVisitor } from '../support/visitor.ts'

const script = fileURLToPath(new URL('model.ts', import.meta.url))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = once(child, 'close').finally(() => running.delete(child))
  return { child, ended, said: () => said }
}

/** Starts it on a free port and waits for the lines it prints for `.dev.vars`. */
async function startServing() {
  const command = start('0')
  await expect.poll(command.said, { timeout: 120_000 }).toMatch(/^HF_MODEL=.+$/m)
  const settings = Object.fromEntries(
    [...command.said().matchAll(/^(HF_\w+)=(.+)$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
  return { ...command, settings }
}

const isGone = (url = '') =>
  fetch(`${url}/models`).then(
    () => false,
    () => true,
  )

describe('npm run model', () => {
  it('prints lines for .dev.vars with which the app answers, and ends at Ctrl-C', async () => {
    const { child, ended, settings } = await startServing()
    expect(Object.keys(settings)).toEqual(['HF_MODEL_URL', 'HF_MODEL'])
    const app = await startOnNode({ ...settings, MAX_NEW_TOKENS: '8', TIMEOUT_MS: '120000' })
    try {
      expect(await createVisitor(app.url).say('Hello!')).not.toBe('')
    } finally {
      await app.close()
    }
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    await expect.poll(() => isGone(settings['HF_MODEL_URL']), { timeout: 30_000 }).toBe(true)
  })

  it('leaves no server behind when it is killed', async () => {
    const { child, settings } = await startServing()
    expect(await isGone(settings['HF_MODEL_URL'])).toBe(false)
    child.kill('SIGKILL')
    await expect.poll(() => isGone(settings['HF_MODEL_URL']), { timeout: 30_000 }).toBe(true)
  })

  it('says that the port is in use, and names another', async () => {
    const other = await listen(createServer())
    const { port } = new URL(other.url)
    const { ended, said } = start(port)
    expect(await ended).toEqual([1, null])
    expect(said()).toBe(
      `Port ${port} is in use: name another one, for example: npm run model -- 8081\n`,
    )
    await other.close()
  })

  it('says that something is no port', async () => {
    const { ended, said } = start('many')
    expect(await ended).toEqual([1, null])
    expect(said()).toBe('"many" is no port: name one from 1 to 65535.\n')
  })
})
