/** Owns the life of one real llama.cpp server: starts `serve.py`, waits until the model is loaded, and ends it again. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Installed } from './install.ts'

const LAUNCHER = fileURLToPath(new URL('serve.py', import.meta.url))
const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 3000
/** So much of the end of its log is kept, in characters. */
const TAIL_CHARS = 4000

export interface LlamaOptions {
  /** Default: a free one. */
  readonly port?: number
  /** The model's file. Default: the installed one. */
  readonly model?: string
  /** Further options of `serve.py`, like `--slots 2`. */
  readonly options?: readonly string[]
}

/** A llama.cpp server that loads, runs or has ended. It also ends with this process, however that ends. */
export interface LlamaServer {
  /**
   * `http://127.0.0.1:PORT`, without a slash at the end, once the model is loaded: in about a second. Rejects with the end of
   * the server's log when it ends before, or takes more than two minutes.
   */
  readonly ready: Promise<string>
  /** How it ended: a signal's name or `exit code N`. */
  readonly ended: Promise<string>
  /** Resolves when the process is gone: by SIGTERM, and after three seconds by SIGKILL. May be called again. */
  close(): Promise<void>
}

/** Starts a server on the loopback interface. By default it has one slot of 2,048 tokens and answers alike to the same request. */
export function startLlamaServer(
  { python, packages, model: own }: Installed,
  { port = 0, model = own, options = [] }: LlamaOptions = {},
): LlamaServer {
  const child = spawn(python, [LAUNCHER, model, String(port), ...options], {
    env: { ...process.env, PYTHONPATH: packages },
    // The server ends when the other end of its stdin is gone.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-TAIL_CHARS)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const ready = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS)
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const url = /^listening (\S+)$/m.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(late)
      resolve(url)
    })
    void ended.then((how) => {
      clearTimeout(late)
      reject(new Error(`llama.cpp's server ended (${how}); the end of its log:\n${log}`))
    })
  })
  // Whoever closes it while it loads does not wait for it.
  ready.catch(() => {})
  return {
    ready,
    ended,
    async close() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
      await ended
      clearTimeout(timer)
    },
  }
}
