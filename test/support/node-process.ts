/** The built Node bundle as a process whose signals, exit and pipes a test handles itself. */

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

export interface NodeProcess {
  /** Without a slash at the end; empty when the program ended before it listened. */
  readonly url: string
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  /** All that was printed so far, on both streams. */
  output(): string
  /** The lines of it, each parsed. Throws for one that is not JSON. */
  lines(): Record<string, unknown>[]
  /** The exit code, once the program has ended. */
  readonly ended: Promise<number | null>
}

export interface NodeProcessOptions {
  readonly env?: Readonly<Record<string, string>>
  /** JavaScript that runs in the process before the app. */
  readonly preload?: string
  /** The bundle; ours unless given. */
  readonly bundle?: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Starts the program and waits until it listens or has ended. It is ended with the test, whatever happens. */
export async function startNodeProcess({
  env = {},
  preload,
  bundle = `${root}dist/node.mjs`,
}: NodeProcessOptions = {}): Promise<NodeProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'aplly-process-'))
  const own = {
    SESSION_SECRET: 'a secret of the tests long enough to sign with',
    DATABASE_PATH: join(folder, 'history.sqlite'),
    HF_TOKEN: '',
    HF_MODEL_URL: '',
    TIMEOUT_MS: '',
    LOG_LEVEL: '',
    HOST: '',
    PORT: '0',
    REDIS_URL: '',
  }
  const preloaded = join(folder, 'preload.mjs')
  if (preload) writeFileSync(preloaded, preload)
  const flags = preload ? ['--import', pathToFileURL(preloaded).href] : []
  const child = spawn(process.execPath, [...flags, bundle], {
    env: { ...process.env, NODE_ENV: '', ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  let output = ''
  const port = await new Promise<string>((resolve) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
      const found = / is at http:\/\/[^ ]+:(\d+)/.exec(output)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    void ended.then(() => resolve(''))
  })
  return {
    url: port && `http://127.0.0.1:${port}`,
    child,
    output: () => output,
    lines: () =>
      output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    ended,
  }
}
