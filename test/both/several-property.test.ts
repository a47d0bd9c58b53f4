/** Whatever three tabs do with several conversations: every turn is where it was said, and in no other conversation. */

import fc from 'fast-check'
import { describe, it } from 'vitest'
import { play } from '../support/schedule/several/play.ts'
import type { Step } from '../support/schedule/several/steps.ts'
import { type Fault, TABS } from '../support/schedule/steps.ts'

/** More of them, and others, for a long run: `SCHEDULES=20000 SEED=7 npx vitest …`. */
const environment = globalThis.process?.env ?? {}
const SCHEDULES = Number(environment['SCHEDULES'] ?? 25)
const SEED = Number(environment['SEED'] ?? 20_261_125)

const tab = fc.nat({ max: TABS - 1 })
const which = fc.nat({ max: 11 })
/** After how many steps the answer arrives. */
const late = fc.constantFrom(0, 0, 0, 1, 2, 4, 8)
const faults: readonly Fault[] = [
  'none',
  'none',
  'refuses writes',
  'refuses reads',
  'finds nothing',
  'damages',
  'is away',
]

const requests = (chars: fc.Arbitrary<number>) =>
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ do: fc.constantFrom('say', 'stream'), tab, which, chars, late }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('commit'), tab, which, late }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('park'), which, late }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('open', 'open', 'delete', 'reset'), which, late }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('fork'), which, back: fc.nat(9), late }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('new'), late }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), newSecret: fc.boolean() }) },
  ) satisfies fc.Arbitrary<Step>
const fault = fc.record({
  do: fc.constant('fault'),
  fault: fc.constantFrom(...faults),
}) satisfies fc.Arbitrary<Step>
const schedule = (step: fc.Arbitrary<Step>) =>
  fc.array(step, { minLength: 1, maxLength: 60, size: 'max' })

const sound = schedule(requests(fc.constantFrom(20, 50, 400, 2500)))
// What outgrows its cookie while the store takes nothing is forgotten and counted: here nothing does.
const small = requests(fc.constantFrom(10, 20))
const flaky = schedule(fc.oneof({ weight: 6, arbitrary: small }, { weight: 1, arbitrary: fault }))

describe('several conversations in three tabs', () => {
  it.each<[string, fc.Arbitrary<Step[]>]>([
    ['with a store that works', sound],
    ['with a flaky store', flaky],
  ])('%s', { timeout: 3_600_000 }, async (_name, steps) => {
    await fc.assert(fc.asyncProperty(steps, play), { numRuns: SCHEDULES, seed: SEED })
  })
})
