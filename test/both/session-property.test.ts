/** Whatever three tabs, their visitor, the clock and the store do: no turn is forged, mixed up, doubled or lost uncounted. */

import fc from 'fast-check'
import { describe, it } from 'vitest'
import { play } from '../support/schedule/play.ts'
import { type Fault, type Step, TABS } from '../support/schedule/steps.ts'

/** More of them, and others, for a long run: `SCHEDULES=20000 SEED=7 npx vitest …`. */
const environment = globalThis.process?.env ?? {}
const SCHEDULES = Number(environment['SCHEDULES'] ?? 12)
const SEED = Number(environment['SEED'] ?? 20_261_123)

const tab = fc.nat({ max: TABS - 1 })
/** After how many steps the answer arrives. */
const late = fc.constantFrom(0, 0, 0, 1, 2, 4)
/** Small, larger than half a cookie, larger than a cookie. */
const chars = fc.constantFrom(50, 50, 400, 2500, 9000)
const replaces = fc.constantFrom(false, false, false, true)
const faults: readonly Fault[] = [
  'none',
  'refuses writes',
  'refuses reads',
  'finds nothing',
  'damages',
  'is away',
]

const request = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('say'), tab, chars, replaces, late }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('stream'),
      tab,
      chars,
      replaces,
      end: fc.constantFrom('done', 'done', 'stopped', 'both'),
      late,
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('commit'), tab, late }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('replay'),
      tab,
      which: fc.nat({ max: 40 }),
      forged: fc.boolean(),
      late,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset'), tab, late }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait'), seconds: fc.constantFrom(1, 300, 1001) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), newSecret: fc.boolean() }) },
) satisfies fc.Arbitrary<Step>
const fault = fc.record({
  do: fc.constant('fault'),
  fault: fc.constantFrom(...faults),
}) satisfies fc.Arbitrary<Step>

const sound = fc.array(request, { minLength: 1, maxLength: 40, size: 'max' })
const flaky = fc.array(
  fc.oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: fault }),
  { minLength: 1, maxLength: 40, size: 'max' },
)

describe('a conversation in three tabs', () => {
  it.each<[string, fc.Arbitrary<Step[]>, boolean]>([
    ['with a store that works, one request after the other', sound, true],
    ['with a store that works, answers overtaking one another', sound, false],
    ['with a flaky store, one request after the other', flaky, true],
    ['with a flaky store, answers overtaking one another', flaky, false],
  ])('%s', { timeout: 3_600_000 }, async (_name, steps, inTurn) => {
    await fc.assert(
      fc.asyncProperty(steps, (schedule) => play(schedule, inTurn)),
      { numRuns: SCHEDULES, seed: SEED },
    )
  })
})
