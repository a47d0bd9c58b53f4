/** Starts the app as its users do: the built Node bundle in a process of its own, or the built Worker in workerd. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface StartedApp {
  /** Without a slash at the end. */
  readonly url: string
  /** What the app has logged so far. */
  logs(): string
  close(): Promise<void>
  /** Ends the program at once, as a crash does. */
  crash(): Promise<void>
}

/** Settings by name. Those that are not given are empty, so that nobody's own `.dev.vars` decides a test. */
export type TestSettings = Readonly<Record<string, string>>

export type StartApp = (settings: TestSettings) => Promise<StartedApp>

const root = fileURLToPath(new URL('../..', import.meta.url))
const BARE: TestSettings = {
  SESSION_SECRET: 'a secret of the tests long enough to sign with',
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

/**
 * With a file of its own for long conversations, which goes when the app ends.
 *
 * @param bundle the built entry, or a copy of it
 */
export function startOnNode(
  settings: TestSettings,
  bundle = `${root}dist/node.mjs`,
): Promise<StartedApp> {
  return inOwnFolder((folder) => {
    const own = {
      HOST: '',
      LOG_LEVEL: '',
      REDIS_URL: '',
      // No test waits for replies that it has left open.
      SHUTDOWN_SECONDS: '0',
      DATABASE_PATH: join(folder, 'history.sqlite'),
    }
    const env = { ...process.env, ...BARE, ...own, ...settings, PORT: '0' }
    return startProcess([bundle], env, / is at http:\/\/localhost(:\d+)/)
  })
}

/**
 * Through `wrangler dev`, since its test harness puts a proxy of its own between the Worker and the model server, which
 * answers for connections that were refused and hides that the visitor has left.
 */
export function startOnWorkers(settings: TestSettings): Promise<StartedApp> {
  const vars = Object.entries({ ...BARE, ...settings }).flatMap((pair) => ['--var', pair.join(':')])
  const wrangler = `${root}node_modules/wrangler/bin/wrangler.js`
  const options = ['dev', '--port=0', '--inspector-port=0', '--show-interactive-dev-session=false']
  const env = {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_LOG_PATH: '.wrangler/logs',
    X_LOCAL_OBSERVABILITY: 'false',
  }
  // Two at once on one KV namespace lock each other out.
  return inOwnFolder((folder) => {
    const command = [wrangler, ...options, `--persist-to=${folder}`, ...vars]
    return startProcess(command, env, /Ready on http:\/\/127\.0\.0\.1(:\d+)/)
  })
}

/** Gives an app a folder that goes when the app is closed, or did not start. */
async function inOwnFolder(start: (folder: string) => Promise<StartedApp>): Promise<StartedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'aplly-chat-'))
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    const app = await start(folder)
    return {
      ...app,
      close: async () => {
        await app.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** What a test that failed did not close must not outlive it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill()
})

/** Starts a Node program and waits for the line that names its port. */
async function startProcess(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: RegExp,
): Promise<StartedApp> {
  const child = spawn(process.execPath, command, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const ended = once(child, 'exit').finally(() => running.delete(child))
  let logs = ''
  const port = await new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      logs += chunk.toString()
      const found = ready.exec(logs)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('exit', (code) => reject(new Error(`The app ended with code ${code}:\n${logs}`)))
  })
  return {
    url: `http://127.0.0.1${port}`,
    logs: () => logs,
    close: async () => {
      child.kill('SIGTERM')
      await ended
    },
    crash: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
