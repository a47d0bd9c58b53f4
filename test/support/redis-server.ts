/** A real Redis server for tests, which can be killed and started again, or frozen. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { listen } from './listen.ts'

const USUAL = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/usr/bin/valkey-server']

export interface RedisServer {
  /** `redis://127.0.0.1:PORT`, without a password. */
  readonly url: string
  /** Starts the server on its port, with nothing in it, and waits until it takes connections. */
  start(): Promise<void>
  /** Ends the server at once, without a word to its clients. */
  stop(): Promise<void>
  /** Keeps the server from answering; its connections stay. */
  freeze(): void
  thaw(): void
}

/** Where the server's program is; null when this machine has none, and then the tests with Redis are not part of the run. */
export function findRedisServer(): string | null {
  return USUAL.find((path) => existsSync(path)) ?? null
}

/**
 * Prepares a server on a free port of the loopback interface. It keeps nothing on the disk.
 *
 * @param options further options of the program, like `--requirepass secret`
 */
export async function createRedisServer(...options: readonly string[]): Promise<RedisServer> {
  const program = findRedisServer()
  if (program === null) throw new Error('Cannot start Redis: there is no redis-server here')
  const probe = await listen(createServer())
  await probe.close()
  const { port } = new URL(probe.url)
  const where = ['--bind', '127.0.0.1', '--port', port, '--dir', tmpdir()]
  const args = [...where, '--save', '', '--appendonly', 'no', ...options]
  let child: ChildProcess | null = null
  const kill = () => child?.kill('SIGKILL')

  return {
    url: `redis://127.0.0.1:${port}`,

    async start() {
      const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      child = started
      process.once('exit', kill)
      await new Promise<void>((resolve, reject) => {
        let said = ''
        started.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          if (/ready to accept connections/i.test(said)) resolve()
        })
        started.once('error', reject)
        started.once('exit', () => reject(new Error(`Redis ended:\n${said}`)))
      })
    },

    async stop() {
      process.off('exit', kill)
      if (child === null || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      kill()
      await ended
    },

    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  }
}
