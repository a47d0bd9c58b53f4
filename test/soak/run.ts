/**
 * `npm run soak -- [seconds] [Node | workerd]`: dozens of visitors at once, calm and restless ones, with a model server that answers, breaks, hangs and
 * refuses, first on Node and then in workerd. 60 seconds in all unless told otherwise, at least 40. `SEED=…` draws the same
 * steps again. Exits with 1 when anything does not hold.
 */

import { randomInt } from 'node:crypto'
import { createReport } from './report.ts'
import { soak } from './soak.ts'

const DEFAULT_SECONDS = 60
/** A start takes about so long. */
const START_SECONDS = 3
const MIN_SECONDS = 40

const seed = process.env['SEED'] || String(randomInt(1_000_000))
const given = Number(process.argv[2] ?? DEFAULT_SECONDS)
const seconds = Math.max(MIN_SECONDS, Number.isFinite(given) ? given : DEFAULT_SECONDS)
const again = ['npm run soak --', seconds, ...process.argv.slice(3)].join(' ')
console.log(`SEED=${seed}, ${seconds} seconds`)

const runtimes = (['Node', 'workerd'] as const).filter((name) => name === (process.argv[3] ?? name))
if (runtimes.length === 0) {
  console.error('The second argument is Node or workerd, or absent for both.')
  process.exit(2)
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice cannot wait.
    if (stop.signal.aborted) process.exit(130)
    process.exitCode = 130
    stop.abort()
  })
}

let failures = 0
for (const runtime of runtimes) {
  if (stop.signal.aborted) break
  const report = createReport()
  await soak({
    runtime,
    seed,
    seconds: seconds / runtimes.length - START_SECONDS,
    report,
    stop: stop.signal,
  }).catch((error: unknown) => report.fails(error instanceof Error ? error.message : String(error)))
  report.print(`${runtime}:`)
  failures += report.failures()
}
if (stop.signal.aborted) console.log('\nStopped.')
else if (failures === 0) console.log('\nAll of it held.')
else {
  console.log(`\nIt did not hold. Once more: SEED=${seed} ${again}`)
  process.exitCode = 1
}
