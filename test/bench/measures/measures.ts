/** All measures by name, in the order in which they are taken. */

import { measureCosts } from './cost.ts'
import { measureLatency } from './latency.ts'
import { measureLength } from './length.ts'
import { measureMemory } from './memory.ts'
import { measureSizes } from './size.ts'
import { measureStarts } from './start.ts'

export const MEASURES = {
  cost: measureCosts,
  latency: measureLatency,
  memory: measureMemory,
  length: measureLength,
  start: measureStarts,
  size: measureSizes,
} as const

export type MeasureName = keyof typeof MEASURES

export const MEASURE_NAMES: readonly MeasureName[] = [
  'cost',
  'latency',
  'memory',
  'length',
  'start',
  'size',
]
/** Those of a short run. */
export const SHORT_NAMES: readonly MeasureName[] = ['cost', 'size']

/** What the measures gave; those that were not taken, or failed, are absent. */
export type Figures = {
  readonly [Name in MeasureName]?: Awaited<ReturnType<(typeof MEASURES)[Name]>>
}
