/** CPU of the serving process for each operation, the app beside bare proxies, in turns. */

import { createClient, repeat } from '../client.ts'
import { cpuMs, type Running } from '../processes.ts'
import { type Program, type Runtime, startProgram } from '../programs.ts'
import { median } from '../statistics.ts'
import { ALL_GROUPS, type Group, SHORT_GROUPS, type Task } from './operations.ts'
import type { Run } from './run.ts'

/** Milliseconds of CPU for one operation, by program; null where that was not asked for one. */
export interface Cost {
  readonly operation: string
  readonly runtime: Runtime
  readonly ms: Readonly<Record<Program, number | null>>
}

const ROUNDS = 3
const SHORT_ROUNDS = 2
const MOST_WARMING = 300

export async function measureCosts({ runtimes, short, model, say }: Run): Promise<Cost[]> {
  const costs: Cost[] = []
  for (const runtime of runtimes) {
    for (const group of short ? SHORT_GROUPS : ALL_GROUPS) {
      const programs = programsOf(runtime, short)
      say(`${programs.join(', ')} on ${runtime}, tokens as ${group.model}`)
      const subjects = await Promise.all(
        programs.map((program) => createSubject(program, group, runtime, model)),
      )
      await compare(subjects, short ? SHORT_ROUNDS : ROUNDS)
      costs.push(...group.operations.map((operation) => toCost(operation, runtime, subjects)))
    }
  }
  return costs
}

function programsOf(runtime: Runtime, short: boolean): Program[] {
  if (runtime === 'node') return ['app', 'bare']
  return short ? ['app', 'bare', 'routed'] : ['app', 'bare', 'routed', 'relay']
}

/** They take turns, so that all find the machine alike. */
async function compare(subjects: readonly Subject[], rounds: number): Promise<void> {
  await Promise.all(subjects.map(({ warm }) => warm()))
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) await subject.measure()
  }
  await Promise.all(subjects.map(({ close }) => close()))
}

function toCost(
  { name, app, proxy }: Group['operations'][number],
  runtime: Runtime,
  subjects: readonly Subject[],
): Cost {
  const msOf = (wanted: Program, task: Task | null) => {
    const ms = task && subjects.find(({ program }) => program === wanted)?.msOf(task)
    return ms ? median(ms) : null
  }
  const ms = {
    app: msOf('app', app),
    bare: msOf('bare', proxy),
    routed: msOf('routed', proxy),
    relay: msOf('relay', proxy),
  }
  return { operation: name, runtime, ms }
}

interface Subject {
  readonly program: Program
  /** What runs for the first time is compiled first. */
  warm(): Promise<void>
  /** One round of all its tasks. */
  measure(): Promise<void>
  /** Milliseconds of CPU for each time, a number for each round; null when it has no such task. */
  msOf(task: Task): readonly number[] | null
  close(): Promise<void>
}

async function createSubject(
  program: Program,
  { model: does, operations }: Group,
  runtime: Runtime,
  model: Running,
): Promise<Subject> {
  const running = await startProgram(program, runtime, `${model.url}/${does}/v1`)
  const client = createClient(running.url)
  const wanted = operations.flatMap(({ app, proxy }) => (program === 'app' ? app : (proxy ?? [])))
  const tasks: { task: Task; act: () => Promise<unknown>; ms: number[] }[] = []
  // Several operations may share what they ask of a proxy.
  for (const task of new Set(wanted)) {
    tasks.push({ task, act: await task.prepare(client), ms: [] })
  }
  return {
    program,
    async warm() {
      for (const { task, act } of tasks) {
        await repeat(Math.min(task.times, MOST_WARMING), task.atOnce, act)
      }
    },
    async measure() {
      for (const { task, act, ms } of tasks) {
        const before = cpuMs(running.pid)
        await repeat(task.times, task.atOnce, act)
        ms.push((cpuMs(running.pid) - before) / task.times)
      }
    },
    msOf: (task) => tasks.find((one) => one.task === task)?.ms ?? null,
    async close() {
      client.close()
      await running.close()
    },
  }
}
