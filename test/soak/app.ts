/** The app under the soak: the built Node bundle or `wrangler dev`, in a process group of its own, with every line that it prints looked at. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { SETTING_NAMES } from '../../src/settings/table.ts'
import { listen } from '../support/listen.ts'

export type Runtime = 'Node' | 'workerd'

export interface SoakedApp {
  /** Without a slash at the end. */
  readonly url: string
  /** Of the process that was started. */
  readonly pid: number
  /** Aborts when the app has ended; its reason says how. */
  readonly dead: AbortSignal
  /** The last lines that it printed. */
  lastLines(): readonly string[]
  close(): Promise<void>
}

export interface AppOptions {
  readonly modelUrl: string
  readonly timeoutMs: number
  /** Called with each line that is printed once the app answers. */
  readonly onLine: (line: string) => void
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const START_MS = 60_000
const STOP_MS = 8000
const KEPT_LINES = 25

/** Whatever ends the soak ends them too, and their children. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) endGroup(child, 'SIGKILL')
})

/** @throws Error when it does not answer in time */
export async function startApp(runtime: Runtime, options: AppOptions): Promise<SoakedApp> {
  const folder = await mkdtemp(join(tmpdir(), 'aplly-chat-soak-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { command, env } = commandFor(runtime, options, folder, port)
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  running.add(child)
  const dead = new AbortController()
  const exit = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    dead.abort(signal === null ? `code ${code}` : `signal ${signal}`)
  })
  let answers = false
  const lastLines: string[] = []
  const onLine = (line: string): void => {
    lastLines.push(line)
    if (lastLines.length > KEPT_LINES) lastLines.shift()
    if (answers) options.onLine(line)
  }
  eachLine(child.stdout, onLine)
  eachLine(child.stderr, onLine)
  const close = async (): Promise<void> => {
    endGroup(child, 'SIGTERM')
    await Promise.race([exit, sleep(STOP_MS, undefined, { ref: false })])
    endGroup(child, 'SIGKILL')
    await exit
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  for (const giveUpAtMs = Date.now() + START_MS; !answers; await sleep(100)) {
    answers = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (!answers && (dead.signal.aborted || Date.now() > giveUpAtMs)) {
      await close()
      throw new Error(`The app on ${runtime} did not start:\n${lastLines.join('\n')}`)
    }
  }
  return { url, pid: child.pid ?? 0, dead: dead.signal, lastLines: () => lastLines, close }
}

function commandFor(
  runtime: Runtime,
  { modelUrl, timeoutMs }: AppOptions,
  folder: string,
  port: number,
): { readonly command: readonly string[]; readonly env: Record<string, string> } {
  const settings: Record<string, string> = {
    // Nobody's own `.dev.vars` decides.
    ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ''])),
    SESSION_SECRET: 'a secret of the soak long enough to sign with',
    HF_MODEL_URL: `${modelUrl}/v1`,
    TIMEOUT_MS: String(timeoutMs),
  }
  if (runtime === 'Node') {
    const own = { NODE_ENV: 'production', PORT: String(port), DATABASE_PATH: join(folder, 'db') }
    return { command: [join(root, 'dist/node.mjs')], env: { ...settings, ...own } }
  }
  const vars = Object.entries(settings).flatMap((pair) => ['--var', pair.join(':')])
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const options = [`--port=${port}`, '--inspector-port=0', '--show-interactive-dev-session=false']
  return {
    command: [wrangler, 'dev', ...options, `--persist-to=${folder}`, ...vars],
    env: {
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: '.wrangler/logs',
      X_LOCAL_OBSERVABILITY: 'false',
    },
  }
}

async function freePort(): Promise<number> {
  const { url, close } = await listen(createServer())
  await close()
  return Number(new URL(url).port)
}

/** A negative pid names the process group: wrangler's workerd is in it. */
function endGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
