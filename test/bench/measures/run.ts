/** What a measure is given. */

import type { Running } from '../processes.ts'
import type { Runtime } from '../programs.ts'

export interface Run {
  readonly runtimes: readonly Runtime[]
  /** Whether a first impression is enough. */
  readonly short: boolean
  /** The model server, started anew for each measure. */
  readonly model: Running
  /** Tells the reader what is being done. */
  say(what: string): void
}
