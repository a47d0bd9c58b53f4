/** What the benchmark is asked for. */

import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MEASURE_NAMES, type MeasureName, SHORT_NAMES } from './measures/measures.ts'
import { root } from './processes.ts'
import { RUNTIMES, type Runtime } from './programs.ts'

export interface Options {
  readonly short: boolean
  readonly measures: readonly MeasureName[]
  readonly runtimes: readonly Runtime[]
  /** Where figures and plots go: the whole path. */
  readonly out: string
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: Options }
  | { readonly kind: 'help' }
  /** A sentence that tells what to do. */
  | { readonly kind: 'wrong'; readonly reason: string }

export const HELP = `node test/bench/bench.ts [options]

Measures what the app costs, beside a bare proxy on the same runtime. Linux only.

  --short             a first impression in about a minute: the JSON turn, the streamed turn
                      and the sizes
  --only <names>      some measures, with commas between: ${MEASURE_NAMES.join(', ')}
  --runtime <name>    ${RUNTIMES.join(' or ')}; both unless told otherwise
  --out <folder>      where figures.json and the plots go; dist/bench unless told otherwise
  --help              this text

Build the app before: npm run build`

export function parseOptions(args: readonly string[]): Parsed {
  const given = readArguments(args)
  if (typeof given === 'string') return wrong(given)
  if (given.help) return { kind: 'help' }
  const { short = false, only, runtime, out = join(root, 'dist/bench') } = given
  const offered = short ? SHORT_NAMES : MEASURE_NAMES
  const wanted = only === undefined ? offered : only.split(',').map((name) => name.trim())
  const measures = offered.filter((name) => wanted.includes(name))
  const unknown = wanted.find((name) => !measures.some((measure) => measure === name))
  if (unknown !== undefined) {
    const where = short ? ' in a short run' : ''
    return wrong(`No measure is named "${unknown}"${where}. There are: ${offered.join(', ')}.`)
  }
  const runtimes = RUNTIMES.filter((name) => name === (runtime ?? name))
  if (runtimes.length === 0) {
    return wrong(`No runtime is named "${runtime}". There are: ${RUNTIMES.join(', ')}.`)
  }
  if (out === '') return wrong('--out needs the name of a folder.')
  return { kind: 'options', options: { short, measures, runtimes, out: resolve(out) } }
}

function wrong(reason: string): Parsed {
  return { kind: 'wrong', reason: `${reason} --help tells all options.` }
}

/** Gives what is wrong as a sentence. */
function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        short: { type: 'boolean' },
        only: { type: 'string' },
        runtime: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
    return values
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return `${message.split(/[.\n]/)[0]}.`
  }
}
