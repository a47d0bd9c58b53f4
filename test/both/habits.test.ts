import { describe, expect, it } from 'vitest'
import { createHabits } from '../../src/model/client/habits.ts'
import type { Message } from '../../src/model/model.ts'

const HOUR_MS = 3_600_000
const says = (content: string): readonly Message[] => [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content },
]

function createFixture({ isChat = true, mayAskUsage = true } = {}) {
  let now = 0
  const habits = createHabits({ isChat, mayAskUsage, now: () => now })
  const first = (content = 'Hi', stream = true) => habits.firstRequest(says(content), stream)
  const pass = (ms: number) => {
    now += ms
  }
  return { habits, first, pass }
}

describe('createHabits', () => {
  it('asks a server of which nothing is known for usage in a stream, with the prompt in its place', () => {
    const { first } = createFixture()
    expect(first()).toMatchObject({ folded: false, mayFold: true, asksUsage: true, retries: 0 })
    expect(first('Hi', false).asksUsage).toBe(false)
    expect(createFixture({ mayAskUsage: false }).first().asksUsage).toBe(false)
    expect(createFixture({ isChat: false }).first().mayFold).toBe(false)
  })

  it('asks for usage no more once a request succeeded without, and after an hour again', () => {
    const { habits, first, pass } = createFixture()
    habits.learn({ ...first(), asksUsage: false }, first())
    expect(first().asksUsage).toBe(false)
    habits.learn(first(), first())
    pass(HOUR_MS - 1)
    expect(first().asksUsage).toBe(false)
    pass(1)
    expect(first().asksUsage).toBe(true)
  })

  it('asks again as soon as a request that asked succeeds', () => {
    const { habits, first } = createFixture()
    const underWay = first()
    habits.learn({ ...first(), asksUsage: false }, first())
    habits.learn(underWay, underWay)
    expect(first().asksUsage).toBe(true)
  })

  it('learns nothing from a request that asked for no usage at all', () => {
    const { habits, first } = createFixture()
    const whole = first('Hi', false)
    habits.learn(whole, whole)
    expect(first().asksUsage).toBe(true)
  })

  it.each(['What are stream_options?', 'Unknown field "x", extra inputs are not permitted'])(
    'learns nothing after words that a visitor wrote: %s',
    (words) => {
      const { habits, first } = createFixture()
      habits.learn({ ...first(words), asksUsage: false }, first(words))
      expect(first().asksUsage).toBe(true)
    },
  )

  it('puts the system prompt where it was taken last', () => {
    const { habits, first } = createFixture()
    habits.learn({ ...first(), folded: true }, first())
    expect(first().folded).toBe(true)
    habits.learn({ ...first(), folded: false }, first())
    expect(first().folded).toBe(false)
    habits.learn({ ...first('jinja template'), folded: true }, first('jinja template'))
    expect(first().folded).toBe(false)
  })
})
