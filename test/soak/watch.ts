/** Looks at the running app from outside: whether it lives and answers, and what it holds. Memory and files only where there is /proc. */

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SoakedApp } from './app.ts'
import type { Report } from './report.ts'

export interface Watch {
  /** Ends the looking. */
  stop(): Promise<void>
  readonly healthMs: readonly number[]
  /** Resident memory in megabytes, a number for each look. */
  readonly memoryMb: readonly number[]
}

export const LOOK_EVERY_MS = 500
const HEALTH_LIMIT_MS = 5000

export function watch({ url, dead }: SoakedApp, pids: readonly number[], report: Report): Watch {
  const healthMs: number[] = []
  const memoryMb: number[] = []
  const stopped = new AbortController()
  const over = AbortSignal.any([dead, stopped.signal])

  async function look(): Promise<void> {
    for (;;) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => {})
      if (over.aborted) return
      const startedMs = performance.now()
      const answers = await isHealthy(url)
      if (dead.aborted) return
      healthMs.push(performance.now() - startedMs)
      if (!answers) report.fails(`/healthz did not answer within ${HEALTH_LIMIT_MS} ms`)
      const sizes = await Promise.all(pids.map(memoryOf))
      memoryMb.push(sizes.reduce((sum, size) => sum + size, 0))
    }
  }

  const looking = look()
  return {
    healthMs,
    memoryMb,
    stop() {
      stopped.abort()
      return looking
    },
  }
}

function isHealthy(url: string): Promise<boolean> {
  const init = { signal: AbortSignal.timeout(HEALTH_LIMIT_MS), headers: { Connection: 'close' } }
  return fetch(`${url}/healthz`, init).then(
    async (response) => (await response.text()) !== '' && response.ok,
    () => false,
  )
}

/** Resident memory of a process in megabytes; 0 where that cannot be read. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

/** How many files and sockets processes have open; null where that cannot be read. */
export async function countFiles(pids: readonly number[]): Promise<number | null> {
  const lists = await Promise.all(pids.map((pid) => readdir(`/proc/${pid}/fd`).catch(() => null)))
  return lists.includes(null) ? null : lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
}

/** The processes of a group that run a program of this name; empty where there is no /proc. */
export async function findInGroup(group: number, program: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
        // proc(5): pid (comm) state ppid pgrp
        const [, comm, pgrp] = /^\d+ \((.*)\) \S+ \d+ (\d+)/.exec(stat) ?? []
        return comm === program && Number(pgrp) === group ? [Number(name)] : []
      }),
  )
  return found.flat().sort((a, b) => a - b)
}
