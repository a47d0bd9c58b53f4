/** The soak of one runtime: app, model server and visitors together, and what must hold while they are there and when they have left. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Runtime, type SoakedApp, startApp } from './app.ts'
import { type SoakModel, startSoakModel } from './model.ts'
import { type Report, summarize } from './report.ts'
import { visit } from './visitor.ts'
import { countFiles, findInGroup, LOOK_EVERY_MS, type Watch, watch } from './watch.ts'

export interface SoakOptions {
  readonly runtime: Runtime
  readonly seed: string
  /** From when the app answers to when all have left. */
  readonly seconds: number
  readonly report: Report
  /** Aborts when the soak must end at once. */
  readonly stop: AbortSignal
}

const VISITORS: Readonly<Record<Runtime, number>> = { Node: 40, workerd: 20 }
/** Of a hundred visitors so many are calm. */
const CALM = 40
const TIMEOUT_MS = 3000
/** A turn takes at most four times `TIMEOUT_MS`; a busy machine is late. */
const MAX_OPEN_MS = 4 * TIMEOUT_MS + 5000
/** Visitors come within this time, not all at once. */
const ARRIVAL_MS = 1500
/** Before the end: when no further step begins, when restless visitors leave, and when calm ones who still wait have waited too long. */
const OVER_MS = 7000
const CLOSING_MS = 6000
const CALM_CLOSING_MS = 1000
/** The model refuses with 403 in the last part only: should that stop everybody's turns, it must not hide the rest. */
const FORBIDDING_MS = 12_000
/** How long connections may take to be closed when all have left. */
const SETTLING_MS = 8000
/** The contract says a second; a busy machine is late. */
const MAX_CLOSING_MS = 5000
/** Connections that are kept for the next request, and what a Node process opens once. wrangler keeps more, which is not counted. */
const SPARE_FILES = 24
/**
 * The last look at the memory against the most of the first half. A process that has served for half a minute still grows into its
 * heap; only of one that is warm more can be asked.
 */
const MAX_GROWTH = { cold: 2, warm: 1.5 }
const MAX_GROWTH_MB = { cold: 200, warm: 80 }
const WARM_AFTER_MS = 60_000

/** Soaks one runtime. What does not hold is in the report. */
export async function soak(options: SoakOptions): Promise<void> {
  const { runtime, seed, report } = options
  // Such a word stands in every message and reply, and nowhere else.
  const prefix = `zq${hash(`${seed}/${runtime}`)}v`
  const model = await startSoakModel(report, new RegExp(`^${prefix}(\\d+)t\\d+`))
  try {
    const app = await startApp(runtime, {
      modelUrl: model.url,
      timeoutMs: TIMEOUT_MS,
      onLine: (line) => checkLine(line, prefix, runtime, report),
    })
    try {
      await soakStarted(options, app, model, prefix)
    } finally {
      await app.close()
    }
  } finally {
    await model.close()
  }
}

/** All that happens between the app's first answer and its end. */
async function soakStarted(
  options: SoakOptions,
  app: SoakedApp,
  model: SoakModel,
  prefix: string,
): Promise<void> {
  const { runtime, seed, seconds, report, stop } = options
  const endsAtMs = Date.now() + seconds * 1000
  const pids = runtime === 'Node' ? [app.pid] : await findInGroup(app.pid, 'workerd')
  const filesBefore = await countFiles(pids)
  const watching = watch(app, pids, report)
  const early = AbortSignal.any([app.dead, stop])
  const before = (ms: number) => AbortSignal.any([early, signalAt(endsAtMs - ms)])
  const over = before(OVER_MS)
  const mayForbid = before(FORBIDDING_MS)
  const closing = { calm: before(CALM_CLOSING_MS), restless: before(CLOSING_MS) }
  const open = setInterval(() => {
    if (model.oldestMs() > MAX_OPEN_MS)
      report.fails(`the model was asked for over ${MAX_OPEN_MS} ms`)
  }, 500)
  await Promise.all(
    Array.from({ length: VISITORS[runtime] }, async (_, number) => {
      await sleep((number * ARRIVAL_MS) / VISITORS[runtime])
      const isCalm = (number * 100) / VISITORS[runtime] < CALM
      await visit({
        app,
        name: `${seed}/${runtime}/${number}`,
        markFor: (step) => `${prefix}${number}t${step}`,
        isCalm,
        model,
        report,
        mayForbid,
        over,
        closing: isCalm ? closing.calm : closing.restless,
        early,
      })
    }),
  )
  clearInterval(open)
  if (!early.aborted) await checkEnd(options, app, model, pids, filesBefore)
  await watching.stop()
  checkMeasures(watching, model, report, early.aborted)
  if (!app.dead.aborted) return
  report.fails(`the app ended by itself, ${app.dead.reason}; its last lines are below`)
  report.quotes(app.lastLines())
}

/** All visitors have left: nothing is open any more. */
async function checkEnd(
  { runtime, report }: SoakOptions,
  app: SoakedApp,
  model: SoakModel,
  pids: readonly number[],
  filesBefore: number | null,
): Promise<void> {
  const most = runtime === 'Node' && filesBefore !== null ? filesBefore + SPARE_FILES : Infinity
  let files = await countFiles(pids)
  for (const untilMs = Date.now() + SETTLING_MS; Date.now() < untilMs; await sleep(200)) {
    files = await countFiles(pids)
    if (model.open() === 0 && (files ?? 0) <= most) break
  }
  report.measures('files and sockets, before and after', `${filesBefore} and ${files}`)
  if (model.open() > 0) report.fails(`${model.open()} answers of the model are open at the end`)
  if ((files ?? 0) > most) report.fails(`files or sockets stay open: ${filesBefore}, then ${files}`)
  const now = await findInGroup(app.pid, 'workerd')
  const isSame = runtime === 'Node' || pids.join() === now.join()
  if (!isSame) report.fails('workerd is not the same process any more')
}

function checkMeasures(
  { healthMs, memoryMb }: Watch,
  { closedAfterMs }: SoakModel,
  report: Report,
  isCut: boolean,
): void {
  report.measures('/healthz', summarize(healthMs))
  report.measures('model closed after a visitor left', summarize(closedAfterMs))
  const slowest = Math.max(0, ...closedAfterMs)
  if (slowest > MAX_CLOSING_MS) report.fails(`the model was closed ${slowest} ms after a leave`)
  const warm = Math.max(0, ...memoryMb.slice(0, memoryMb.length / 2))
  const end = memoryMb.at(-1) ?? 0
  const shown = [memoryMb[0] ?? 0, warm, Math.max(0, ...memoryMb), end].map(Math.round)
  report.measures('memory: first, most of first half, most, last', `${shown.join(', ')} MB`)
  const state = memoryMb.length * LOOK_EVERY_MS > WARM_AFTER_MS ? 'warm' : 'cold'
  if (!isCut && end > Math.min(warm * MAX_GROWTH[state], warm + MAX_GROWTH_MB[state])) {
    report.fails(`memory grows: ${shown.join(', ')} MB`)
  }
}

function checkLine(line: string, prefix: string, runtime: Runtime, report: Report): void {
  report.counts('lines of log')
  if (line.includes(prefix)) report.fails('the log holds the words of a conversation', line)
  if (/unhandled|uncaught/i.test(line))
    report.fails('an unhandled or uncaught error was printed', line)
  else if (runtime === 'Node' && !isJson(line)) report.fails('a line of the log is not JSON', line)
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

function signalAt(atMs: number): AbortSignal {
  return AbortSignal.timeout(Math.max(0, Math.round(atMs - Date.now())))
}

/** FNV-1a to the base of 36. */
function hash(text: string): string {
  let state = 2_166_136_261
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16_777_619)
  return (state >>> 0).toString(36)
}
