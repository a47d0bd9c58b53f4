/** Starts the app as its users do: the built Node bundle in a process of its own, or the built Worker in workerd. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createTestHarness } from 'wrangler'

export interface StartedApp {
  /** Without a slash at the end. */
  readonly url: string
  /** What the app has logged so far. */
  logs(): string
  close(): Promise<void>
}

/** Settings by name. Those that are not given are empty, so that nobody's own `.dev.vars` decides a test. */
export type TestSettings = Readonly<Record<string, string>>

export type StartApp = (settings: TestSettings) => Promise<StartedApp>

const root = fileURLToPath(new URL('../..', import.meta.url))
const BARE: TestSettings = {
  SESSION_SECRET: 'a secret of the tests, long enough to sign with',
  HF_TOKEN: '',
  HF_MODEL_URL: '',
  HF_MODEL: '',
  HF_PROTOCOL: '',
  SYSTEM_PROMPT: '',
  MAX_TURNS: '',
  MAX_NEW_TOKENS: '',
  TIMEOUT_MS: '',
  SESSION_MAX_AGE: '',
  CORS_ORIGINS: '',
  APP_NAME: '',
}

export async function startOnNode(settings: TestSettings): Promise<StartedApp> {
  const child = spawn(process.execPath, [`${root}dist/node.mjs`], {
    env: { ...process.env, ...BARE, HOST: '', LOG_LEVEL: '', ...settings, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let logs = ''
  child.stdout.on('data', (chunk: Buffer) => {
    logs += chunk.toString()
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      logs += `${line}\n`
      const found = / is at http:\/\/localhost(:\d+)/.exec(line)?.[1]
      if (found) resolve(`http://127.0.0.1${found}`)
    })
    child.once('exit', (code) => reject(new Error(`The app ended with code ${code}:\n${logs}`)))
  })
  return {
    url,
    logs: () => logs,
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export async function startOnWorkers(settings: TestSettings): Promise<StartedApp> {
  const vars = { ...BARE, ...settings }
  const server = createTestHarness({
    workers: [{ configPath: `${root}wrangler.toml`, vars, secrets: vars }],
  })
  const { url } = await server.listen()
  return {
    url: url.origin,
    logs: () => JSON.stringify(server.getLogs()),
    close: () => server.close(),
  }
}
