/** A real nginx for tests, in one process of its own with a folder of its own. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Listening, listen } from './listen.ts'

const USUAL = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx']

/** Where the program is; null when this machine has none, and then its tests are not part of the run. */
export function findNginx(): string | null {
  return USUAL.find((path) => existsSync(path)) ?? null
}

/**
 * Starts nginx on a free port of the loopback interface and waits until it takes connections.
 *
 * @param server a `server` block; its `listen` becomes that port
 * @throws Error with nginx's own words when it refuses the block
 */
export async function startNginx(server: string): Promise<Listening> {
  const program = findNginx()
  if (program === null) throw new Error('Cannot start nginx: there is none here')
  const probe = await listen(createServer())
  await probe.close()
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, withPort(server, new URL(probe.url).host)))

  const child = spawn(program, ['-e', 'stderr', '-p', folder, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = once(child, 'exit')
  async function close(): Promise<void> {
    process.off('exit', kill)
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  for (;;) {
    if (child.exitCode !== null) {
      await close()
      throw new Error(`nginx ended with code ${child.exitCode}:\n${said}`)
    }
    const answers = await fetch(probe.url).then(
      () => true,
      () => false,
    )
    if (answers) return { url: probe.url, close }
    await sleep(20)
  }
}

function withPort(server: string, host: string): string {
  return server.replace(/^(\s*)listen [^;]+;/m, `$1listen ${host};`)
}

/** What must not lie where only a system's own nginx may write. */
function configuration(folder: string, server: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr warn;
events {}
http {
  access_log off;
${temporary}
${server}
}
`
}
