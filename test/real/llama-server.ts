// Owns the life of one real llama.cpp server for a test: installs it (install.sh), starts it on a
// free port of 127.0.0.1, waits until the model is loaded, and ends it again.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 3_000
const POLL_MS = 50
const REQUEST_LIMIT_MS = 5_000
const TAIL_CHARS = 4_000

/** What llama.cpp tells of one of its slots, as far as the tests look at it. */
export interface LlamaSlot {
  readonly is_processing: boolean
}

/** A running llama.cpp server. */
export interface LlamaServer {
  /** `http://127.0.0.1:PORT`, with no path and no slash at the end. */
  readonly url: string
  /**
   * Asks `GET /slots`: one entry per slot, here always one, whose `is_processing` is true while an
   * answer is generated. Rejects when the server is gone, silent for 5 s or answers another shape.
   */
  slots(): Promise<readonly LlamaSlot[]>
  /** Resolves once the server process is gone, 3 s after SIGTERM by SIGKILL; safe to call again. */
  close(): Promise<void>
}

/**
 * Starts a llama.cpp server with SmolLM2-135M-Instruct: one slot of 2048 tokens, 2 threads,
 * temperature 0 and a fixed seed where a request names none, nothing kept from earlier prompts, so
 * the same request gets the same answer.
 *
 * Resolves when `GET /health` answers 200. The first call on a machine compiles the server, which
 * takes minutes; later calls take about a second. Rejects with the end of the output when
 * installing fails, when the server ends early, or when it is not ready within 60 s; no process is
 * left then.
 */
export async function startLlamaServer(): Promise<LlamaServer> {
  const { server, model } = await install()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = ['--model', model, '--host', '127.0.0.1', '--port', String(port)]
  args.push('--ctx-size', '2048', '--parallel', '1', '--threads', '2', '--temp', '0', '--seed', '1')
  args.push('--slots', '--no-webui', '--no-cache-prompt', '--cache-ram', '0', '--offline')

  const child = spawn(server, args, { env: ownEnv(), stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let ended: string | undefined
  let tail = ''
  const exited = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      ended ??= reason
      process.off('exit', kill)
      resolve()
    }
    child.once('exit', (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`))
    child.once('error', (error) => end(`could not be run: ${error.message}`))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARS)
  })

  const close = async () => {
    if (ended === undefined) {
      child.kill('SIGTERM')
      const timer = setTimeout(kill, STOP_LIMIT_MS)
      await exited
      clearTimeout(timer)
    }
  }

  const deadline = Date.now() + START_LIMIT_MS
  while (!(await isHealthy(url))) {
    if (ended === undefined && Date.now() < deadline) {
      await sleep(POLL_MS)
      continue
    }
    const reason = ended ?? `was not ready within ${START_LIMIT_MS / 1000} s`
    await close()
    throw new Error(`llama.cpp server ${reason}; the end of its stderr:\n${tail}`)
  }
  return { url, slots: () => readSlots(url), close }
}

/** The paths install.sh prints. */
async function install(): Promise<{ server: string; model: string }> {
  const script = fileURLToPath(new URL('./install.sh', import.meta.url))
  const { stdout } = await promisify(execFile)('bash', [script])
  const server = /^LLAMA_SERVER=(.+)$/m.exec(stdout)?.[1]
  const model = /^LLAMA_MODEL=(.+)$/m.exec(stdout)?.[1]
  if (server === undefined || model === undefined) {
    throw new Error(`install.sh printed no paths but: ${stdout}`)
  }
  return { server, model }
}

/** A port nobody listened on a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Our environment without the variables llama.cpp would read as options. */
function ownEnv(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !name.startsWith('LLAMA_'))
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    return false
  }
}

async function readSlots(url: string): Promise<readonly LlamaSlot[]> {
  const response = await fetch(`${url}/slots`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) })
  const body: unknown = await response.json()
  if (!response.ok || !Array.isArray(body) || !body.every(isSlot)) {
    throw new Error(`GET /slots answered ${response.status}: ${JSON.stringify(body)}`)
  }
  return body
}

function isSlot(value: unknown): value is LlamaSlot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'is_processing' in value &&
    typeof value.is_processing === 'boolean'
  )
}
