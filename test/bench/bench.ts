/**
 * `node test/bench/bench.ts [options]`, after a build: what the app costs, on a table, as
 * `figures.json` and as plots. `--help` tells the options.
 */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join, relative } from 'node:path'
import { type Figures, MEASURES, type MeasureName } from './measures/measures.ts'
import { HELP, type Options, parseOptions } from './options.ts'
import { drawPlots } from './plots.ts'
import { canCount, endAll, root } from './processes.ts'
import { startModel } from './programs.ts'
import { report } from './report.ts'

const WRONG_USE = 2

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // Ends all that was started, too.
  process.once(signal, () => process.exit(code))
}

const parsed = parseOptions(process.argv.slice(2))
if (parsed.kind === 'help') {
  console.log(HELP)
} else {
  if (parsed.kind === 'wrong') refuse(parsed.reason)
  else if (!canCount()) {
    refuse('This system has no /proc that tells the CPU time of processes: run it on Linux.')
  } else if (!existsSync(join(root, 'dist/node.mjs'))) {
    refuse('The app is not built: run "npm run build" before.')
  } else await bench(parsed.options)
}
// What a measure that failed was still starting ends, too.
process.exit()

function refuse(reason: string): void {
  console.error(reason)
  process.exitCode = WRONG_USE
}

async function bench(options: Options): Promise<void> {
  const startedAt = performance.now()
  let figures: Figures = {}
  for (const name of options.measures) figures = { ...figures, ...(await take(name, options)) }
  console.log(`\n${report(figures)}`)
  const folder = options.out
  await mkdir(folder, { recursive: true })
  const { short, runtimes } = options
  const about = { at: new Date().toISOString(), ...(await machine()), short, runtimes }
  await writeFile(join(folder, 'figures.json'), toJson({ about, ...figures }))
  const plots = drawPlots(figures)
  for (const { file, svg } of plots) await writeFile(join(folder, file), svg)
  const files = ['figures.json', ...plots.map(({ file }) => file)].join(', ')
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`\n${seconds} s. In ${relative(process.cwd(), folder) || '.'}: ${files}`)
}

/** Takes one measure. When it fails, the others are taken all the same. */
async function take(name: MeasureName, { runtimes, short }: Options): Promise<Figures> {
  const say = (what: string) => console.log(`${name}: ${what}`)
  try {
    const model = await startModel()
    return { [name]: await MEASURES[name]({ runtimes, short, model, say }) }
  } catch (error) {
    console.error(`${name} failed:`, error)
    process.exitCode = 1
    return {}
  } finally {
    await endAll()
  }
}

/** Numbers in it have no more places than mean anything. */
function toJson(figures: object): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toFixed(3)) : value
  return `${JSON.stringify(figures, rounded, 2)}\n`
}

async function machine(): Promise<object> {
  const wrangler: { version: string } = JSON.parse(
    await readFile(join(root, 'node_modules/wrangler/package.json'), 'utf8'),
  )
  return {
    cpu: cpus()[0]?.model ?? '',
    cpus: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    wrangler: wrangler.version,
  }
}
