/** The processes of a benchmark, and what the system counts of them. Linux only: it reads /proc. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Running {
  /** Without a slash at the end. */
  readonly url: string
  /** The process that serves: on Workers the workerd that holds the Worker, not wrangler. */
  readonly pid: number
  /** From the start of the program to its first answer. */
  readonly startMs: number
  /** Gives each line that it prints from now on. */
  onLine(hear: (line: string) => void): void
  close(): Promise<void>
}

const STOP_MS = 5000
const PORT = /(?: at |Ready on )http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/

const running = new Map<ChildProcess, Promise<unknown>>()
let scratch = ''

/** A new folder for what a program writes. It goes when the benchmark ends. */
export function createFolder(): string {
  scratch ||= mkdtempSync(join(tmpdir(), 'aplly-bench-'))
  return mkdtempSync(join(scratch, 'program-'))
}

/** Ends everything that was started and has not been closed, with its children. */
export async function endAll(): Promise<void> {
  for (const child of running.keys()) endGroup(child, 'SIGKILL')
  await Promise.all(running.values())
}

process.once('exit', () => {
  for (const child of running.keys()) endGroup(child, 'SIGKILL')
  if (scratch) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
})

/** Starts a Node program that serves, and waits for the line that names its port. */
export async function start(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Running> {
  const startedAt = performance.now()
  const { child, ended, listeners } = launch(command, env, cwd)
  const port = await new Promise<string>((resolve, reject) => {
    let logs = ''
    listeners.push((line) => {
      logs += `${line}\n`
      const found = PORT.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`Ended with code ${code}:\n${logs}`)))
  })
  listeners.length = 0
  const url = `http://127.0.0.1:${port}`
  await (await fetch(`${url}/healthz`)).text()
  return {
    url,
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    onLine: (hear) => listeners.push(hear),
    async close() {
      endGroup(child, 'SIGTERM')
      const timer = setTimeout(() => endGroup(child, 'SIGKILL'), STOP_MS)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Runs a Node program to its end and gives back what it printed. */
export async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<string> {
  const { child, listeners } = launch(command, env, cwd)
  let printed = ''
  listeners.push((line) => {
    printed += `${line}\n`
  })
  // What it printed last may come after its end.
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`Ended with code ${child.exitCode}:\n${printed}`)
  return printed
}

type Hear = (line: string) => void

function launch(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): { child: ChildProcess; ended: Promise<unknown>; listeners: Hear[] } {
  const child = spawn(process.execPath, command, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A group of its own, so that its children can be ended with it.
    detached: true,
  })
  const ended = once(child, 'exit').finally(() => running.delete(child))
  running.set(child, ended)
  const listeners: Hear[] = []
  if (child.stdout) eachLine(child.stdout, listeners)
  if (child.stderr) eachLine(child.stderr, listeners)
  return { child, ended, listeners }
}

function eachLine(stream: NodeJS.ReadableStream, listeners: readonly Hear[]): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) for (const hear of listeners) hear(line)
  })
}

function endGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // All of it has ended.
  }
}

/** Whether the system tells what a process uses. */
export function canCount(): boolean {
  return existsSync('/proc/self/schedstat')
}

export function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
}

/**
 * Milliseconds of CPU that a process has used so far, all its threads together. Those of
 * `/proc/<pid>/stat` come in steps of 10 ms, which is too coarse; these are counted in nanoseconds,
 * but leave out threads that have ended, of which neither Node nor workerd has any while it serves.
 */
export function cpuMs(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6
}

/** Memory of a process that is its own, in kilobytes. */
export function memoryKb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
}
