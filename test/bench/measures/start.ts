/** How long a program takes to start: on Node until it answers, in workerd until it could. */

import { join } from 'node:path'
import { createFolder, type Running, root, run } from '../processes.ts'
import {
  createBareWorker,
  type Runtime,
  startProgram,
  WRANGLER,
  WRANGLER_ENV,
} from '../programs.ts'
import { median } from '../statistics.ts'
import type { Run } from './run.ts'

export interface Start {
  readonly runtime: Runtime
  readonly program: 'app' | 'bare'
  /** Node: from the start of the process to its first answer. */
  readonly ms: number
  readonly starts: number
}

const NODE_STARTS = 7
const WORKER_STARTS = 5

export async function measureStarts({ runtimes, model, say }: Run): Promise<Start[]> {
  const all: Start[] = []
  for (const runtime of runtimes) {
    const starts = runtime === 'node' ? NODE_STARTS : WORKER_STARTS
    say(`${runtime}: ${starts} starts of the app and of a bare proxy`)
    const time =
      runtime === 'node'
        ? (program: 'app' | 'bare') => startOnNode(program, model)
        : await createProfiler()
    const app: number[] = []
    const bare: number[] = []
    for (let i = 0; i < starts; i++) {
      app.push(await time('app'))
      bare.push(await time('bare'))
    }
    all.push({ runtime, program: 'app', ms: median(app), starts })
    all.push({ runtime, program: 'bare', ms: median(bare), starts })
  }
  return all
}

async function startOnNode(program: 'app' | 'bare', model: Running): Promise<number> {
  const running = await startProgram(program, 'node', `${model.url}/piece/v1`)
  await running.close()
  return running.startMs
}

/** The active time of a Worker's start in wrangler's profile of it. */
async function createProfiler(): Promise<(program: 'app' | 'bare') => Promise<number>> {
  const folder = createFolder()
  const bare = await createBareWorker()
  const env = { ...WRANGLER_ENV, WRANGLER_LOG_PATH: join(folder, 'logs') }
  const command = [WRANGLER, 'check', 'startup', `--outfile=${join(folder, 'startup.cpuprofile')}`]
  return async (program) => {
    const printed = await run(command, env, program === 'app' ? root : bare)
    const active = /Active: ([\d.]+) ms/.exec(printed)?.[1]
    if (active === undefined) throw new Error(`wrangler tells no start-up time:\n${printed}`)
    return Number(active)
  }
}
