import { describe, expect, it } from 'vitest'
import { afterStep, nextStep, type Sent } from '../../src/model/client/recovery.ts'
import { createRefusalMemory } from '../../src/model/client/refusal-memory.ts'
import { type FailureKind, UpstreamError } from '../../src/model/client/upstream-error.ts'
import type { Message } from '../../src/model/model.ts'

const MESSAGES: readonly Message[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'One' },
  { role: 'assistant', content: 'Two' },
  { role: 'user', content: 'Six' },
]
const SENT: Sent = {
  messages: MESSAGES,
  folded: false,
  mayFold: true,
  asksUsage: true,
  mayShrink: true,
  retries: 0,
}
const LIMITS = { remainingMs: 60_000, baseMs: 500 }
const step = (kind: FailureKind, sent: Partial<Sent> = {}, waitMs: number | null = null) =>
  nextStep(new UpstreamError(kind, { waitMs, fits: 0.5 }), { ...SENT, ...sent }, LIMITS)

describe('nextStep', () => {
  it('shrinks what is too long, once, and gives up where nothing can be left out', () => {
    expect(step('too_long')).toEqual({ kind: 'shrink', messages: [MESSAGES[0], MESSAGES[3]] })
    expect(step('too_long', { mayShrink: false })).toEqual({ kind: 'give_up' })
    expect(step('too_long', { messages: MESSAGES.slice(3) })).toEqual({ kind: 'give_up' })
  })

  it('puts the system prompt into the other place, once, from either', () => {
    expect(step('template')).toEqual({ kind: 'fold', folded: true })
    expect(step('template', { folded: true })).toEqual({ kind: 'fold', folded: false })
    expect(step('template', { mayFold: false })).toEqual({ kind: 'give_up' })
  })

  it('asks without a field that was refused, as long as it was sent', () => {
    expect(step('unknown_field')).toEqual({ kind: 'omit_usage' })
    expect(step('unknown_field', { asksUsage: false })).toEqual({ kind: 'give_up' })
  })

  it('waits where that may help, as long as there are tries', () => {
    expect(step('busy', {}, 700)).toEqual({ kind: 'wait', delayMs: 700 })
    expect(step('busy', { retries: 2 })).toEqual({ kind: 'give_up' })
  })

  it.each<FailureKind>([
    'unauthorized',
    'unknown_model',
    'forbidden',
    'misdirected',
    'bad_request',
  ])('gives up after %s', (kind) => {
    expect(step(kind)).toEqual({ kind: 'give_up' })
  })
})

describe('afterStep', () => {
  it('changes what the step says, and marks it as tried', () => {
    const messages = MESSAGES.slice(3)
    expect(afterStep(SENT, { kind: 'shrink', messages })).toEqual({
      ...SENT,
      messages,
      mayShrink: false,
    })
    expect(afterStep(SENT, { kind: 'fold', folded: true })).toEqual({
      ...SENT,
      folded: true,
      mayFold: false,
    })
    expect(afterStep(SENT, { kind: 'omit_usage' })).toEqual({ ...SENT, asksUsage: false })
    expect(afterStep(SENT, { kind: 'wait', delayMs: 5 })).toEqual({ ...SENT, retries: 1 })
  })
})

describe('createRefusalMemory', () => {
  it('keeps what is about the owner for half a minute, or until a request succeeds', () => {
    let now = 0
    const memory = createRefusalMemory(() => now)
    const error = new UpstreamError('unauthorized')
    memory.note(error)
    now = 29_999
    expect(memory.recall()).toBe(error)
    now = 30_000
    expect(memory.recall()).toBeNull()
    memory.note(error)
    memory.clear()
    expect(memory.recall()).toBeNull()
  })

  it.each<FailureKind>([
    'forbidden',
    'misdirected',
    'bad_request',
    'template',
    'too_long',
    'unknown_field',
    'busy',
    'network',
  ])('keeps nothing of %s', (kind) => {
    const memory = createRefusalMemory()
    memory.note(new UpstreamError(kind))
    expect(memory.recall()).toBeNull()
  })
})
