import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Effect,
  type Ending,
  type Input,
  type Question,
  START,
  type State,
  type Step,
  step,
} from '../../src/client/state.ts'

const question = (message: string, kind: Question['kind'] = 'new'): Question => ({
  id: `id-${message}`,
  message,
  kind,
})
const send = (message: string): Input => ({ kind: 'send', question: question(message) })
const DONE: Ending = { kind: 'done', reply: 'Yes.', receipt: 'r', cut: false }
const STOPPED: Ending = { kind: 'stopped' }
const FAILED: Ending = {
  kind: 'failed',
  failure: { sentence: 'No.', retryAfter: null, code: 'model_busy' },
}
const restarting = (retryAfter: number | null): Ending => ({
  kind: 'failed',
  failure: { sentence: 'No.', retryAfter, code: 'shutting_down' },
})
const ended = (turn: number, ending: Ending, box: 'empty' | 'full' = 'empty'): Input => ({
  kind: 'ended',
  turn,
  ending,
  box,
})

/** What a row of inputs leads to, with all effects on the way. */
function run(...inputs: readonly Input[]): Step {
  const effects: Effect[] = []
  let state: State = START
  for (const input of inputs) {
    const next = step(state, input)
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects }
}

const asked = ({ effects }: Step): string[] =>
  effects.flatMap((effect) => (effect.kind === 'ask' ? [effect.turn.question.message] : []))
const kinds = ({ effects }: Step): string[] => effects.map(({ kind }) => kind)
const waiting = ({ state }: Step): string[] => state.queue.map(({ message }) => message)

describe('a turn', () => {
  it('is asked, answered and saved', () => {
    expect(run(send('a')).state.phase).toBe('asking')
    expect(run(send('a'), { kind: 'word', turn: 1 }).state.phase).toBe('answering')
    const end = run(send('a'), { kind: 'word', turn: 1 }, ended(1, DONE))
    expect(end.state.phase).toBe('saving')
    expect(kinds(end)).toEqual(['forget', 'ask', 'show', 'save'])
    expect(run(send('a'), ended(1, DONE), { kind: 'saved', turn: 1 }).state.phase).toBe('idle')
  })

  it('passes over news of the turn before', () => {
    const before = [send('a'), ended(1, FAILED), send('b')]
    for (const late of [
      { kind: 'word', turn: 1 },
      { kind: 'checkpoint', turn: 1, receipt: 'old' },
      ended(1, DONE),
      { kind: 'saved', turn: 1 },
    ] satisfies Input[]) {
      expect(run(...before, late).state.phase).toEqual(run(...before).state.phase)
    }
  })

  it('stops at once before its first word, and gives the text back', () => {
    const end = run(send('a'), { kind: 'stop' }, { kind: 'stop' }, ended(1, STOPPED))
    expect(end.state.phase).toBe('idle')
    expect(kinds(end)).toEqual(['forget', 'ask', 'abort', 'show', 'forget', 'give-back'])
    expect(end.effects).toContainEqual({ kind: 'abort', waitMs: 0 })
  })

  it('waits with Stop for the first checkpoint', () => {
    const inputs: Input[] = [send('a'), { kind: 'word', turn: 1 }, { kind: 'stop' }]
    expect(run(...inputs).effects.at(-1)).toEqual({ kind: 'abort', waitMs: 400 })
    const told = run(...inputs, { kind: 'checkpoint', turn: 1, receipt: 'r' })
    expect(told.effects.at(-1)).toEqual({ kind: 'abort', waitMs: 0 })
    const end = step(told.state, ended(1, STOPPED))
    expect(end.state.phase).toBe('saving')
    expect(kinds(end)).toEqual(['show', 'save'])
  })

  it('goes without a trace when Try again is stopped, and fails when a change is', () => {
    const again: Input = { kind: 'ask', question: question('a', 'again') }
    expect(run(again, { kind: 'stop' }, ended(1, STOPPED)).state.phase).toBe('idle')
    const edit: Input = { kind: 'ask', question: question('b', 'edit') }
    const end = run(edit, { kind: 'stop' }, ended(1, STOPPED))
    expect(end.state.phase).toBe('failed')
    expect(end.effects.at(-1)).toMatchObject({ kind: 'show', ending: { kind: 'unsaid' } })
  })

  it('is asked once more of the server that takes over', () => {
    const first = run(
      send('a'),
      { kind: 'word', turn: 1 },
      { kind: 'checkpoint', turn: 1, receipt: 'r' },
      ended(1, restarting(5)),
    )
    expect(first.state.phase).toBe('asking')
    expect(first.state.running?.checkpoint).toBe('r')
    expect(first.effects.at(-1)).toMatchObject({ kind: 'ask-again', waitMs: 5000 })
    const word = step(first.state, { kind: 'word', turn: 1 })
    expect(word.state.running?.checkpoint).toBe('')
    expect(step(word.state, ended(1, restarting(5))).state.phase).toBe('failed')
    expect(run(send('a'), ended(1, restarting(31))).state.phase).toBe('failed')
    expect(run(send('a'), { kind: 'stop' }, ended(1, restarting(5))).state.phase).toBe('failed')
  })

  it('may be repeated while it is saved, and is then', () => {
    const again: Input = { kind: 'ask', question: question('a', 'again') }
    const saving = run(send('a'), ended(1, DONE), again)
    expect(asked(saving)).toEqual(['a'])
    const twice = step(saving.state, again)
    expect(asked(step(twice.state, { kind: 'saved', turn: 1 }))).toEqual(['a'])
    expect(waiting(step(twice.state, { kind: 'saved', turn: 1 }))).toEqual([])
    expect(asked(run(send('a'), again))).toEqual(['a'])
  })
})

describe('the queue', () => {
  it('goes in order, each after the turn before is saved', () => {
    const busy = run(send('a'), send('b'), send('c'), ended(1, DONE))
    expect(asked(busy)).toEqual(['a'])
    expect(waiting(busy)).toEqual(['b', 'c'])
    const next = step(busy.state, { kind: 'saved', turn: 1 })
    expect(asked(next)).toEqual(['b'])
    expect(waiting(next)).toEqual(['c'])
  })

  it('takes what is sent while a turn is being saved', () => {
    const saving = run(send('a'), ended(1, DONE), send('b'))
    expect(waiting(saving)).toEqual(['b'])
    expect(asked(step(saving.state, { kind: 'saved', turn: 1 }))).toEqual(['b'])
  })

  it.each([
    ['a failure', [ended(1, FAILED)]],
    [
      'a Stop',
      [
        { kind: 'checkpoint', turn: 1, receipt: 'r' },
        { kind: 'stop' },
        ended(1, STOPPED),
        { kind: 'saved', turn: 1 },
      ],
    ],
  ] satisfies [string, Input[]][])('is held after %s, until the visitor goes on', (_, end) => {
    const held = run(send('a'), send('b'), ...end)
    expect(asked(held)).toEqual(['a'])
    expect(waiting(held)).toEqual(['b'])
    expect(held.state.isHeld).toBe(true)
    expect(asked(step(held.state, { kind: 'go-on' }))).toEqual(['b'])
    const sent = step(held.state, send('c'))
    expect(asked(sent)).toEqual(['b'])
    expect(waiting(sent)).toEqual(['c'])
    const retried = step(held.state, { kind: 'ask', question: question('a') })
    expect(asked(retried)).toEqual(['a'])
    const done = step(retried.state, ended(2, DONE))
    expect(asked(step(done.state, { kind: 'saved', turn: 2 }))).toEqual(['b'])
  })

  it('takes back at its head what was stopped before the first word', () => {
    const end = run(send('a'), send('b'), { kind: 'stop' }, ended(1, STOPPED))
    expect(waiting(end)).toEqual(['a', 'b'])
    expect(end.effects.at(-1)).toEqual({ kind: 'keep', question: question('a') })
    const full = run(send('a'), { kind: 'stop' }, ended(1, STOPPED, 'full'))
    expect(waiting(full)).toEqual(['a'])
    expect(full.state.isHeld).toBe(true)
  })

  it('gives a message back, and forgets one that another tab has sent', () => {
    const busy = run(send('a'), send('b'), send('c'))
    const back = step(busy.state, { kind: 'take-back', id: 'id-b' })
    expect(waiting(back)).toEqual(['c'])
    expect(back.effects).toEqual([
      { kind: 'forget', question: question('b') },
      { kind: 'give-back', question: question('b') },
    ])
    const gone = step(busy.state, { kind: 'gone', id: 'id-c' })
    expect(waiting(gone)).toEqual(['b'])
    expect(gone.effects).toEqual([])
    expect(step(busy.state, { kind: 'take-back', id: 'other' }).state.queue).toHaveLength(2)
  })

  it('of an earlier page is held, unless it shall go at once', () => {
    const left = [question('a'), question('b')]
    const held = run({ kind: 'found', queue: left, isHeld: true })
    expect(asked(held)).toEqual([])
    expect(asked(step(held.state, { kind: 'go-on' }))).toEqual(['a'])
    expect(asked(run({ kind: 'found', queue: left, isHeld: false }))).toEqual(['a'])
  })
})

describe('a page of the server', () => {
  const fetched = ({ effects }: Step): number[] =>
    effects.flatMap((effect) => (effect.kind === 'fetch' ? [effect.number] : []))
  const merged = ({ effects }: Step): number[] =>
    effects.flatMap((effect) => (effect.kind === 'merge' ? [effect.number] : []))

  it('is fetched at once while the page is free, and shown', () => {
    const first = run({ kind: 'refresh' })
    expect(fetched(first)).toEqual([1])
    expect(merged(step(first.state, { kind: 'page', number: 1 }))).toEqual([1])
  })

  it('is not shown after a newer one, nor before', () => {
    const both = run({ kind: 'refresh' }, { kind: 'refresh' })
    expect(fetched(both)).toEqual([1, 2])
    expect(merged(step(both.state, { kind: 'page', number: 1 }))).toEqual([])
    const newer = step(both.state, { kind: 'page', number: 2 })
    expect(merged(newer)).toEqual([2])
    expect(merged(step(newer.state, { kind: 'page', number: 1 }))).toEqual([])
  })

  it('is not shown when a turn was asked meanwhile, but fetched anew after it', () => {
    const busy = run({ kind: 'refresh' }, send('a'), { kind: 'page', number: 1 })
    expect(merged(busy)).toEqual([])
    const saved = run({ kind: 'refresh' }, send('a'), ended(1, DONE), { kind: 'saved', turn: 1 })
    expect(fetched(saved)).toHaveLength(2)
    expect(merged(step(saved.state, { kind: 'page', number: 1 }))).toEqual([])
    const number = fetched(saved).at(-1) ?? 0
    expect(merged(step(saved.state, { kind: 'page', number }))).toEqual([number])
  })

  it('of before is not shown when a turn is saved late', () => {
    const late = run(
      send('a'),
      ended(1, DONE),
      { kind: 'saved', turn: 1 },
      { kind: 'refresh' },
      { kind: 'saved', turn: 1 },
    )
    const [old = 0, fresh = 0] = fetched(late)
    expect(merged(step(late.state, { kind: 'page', number: old }))).toEqual([])
    expect(merged(step(late.state, { kind: 'page', number: fresh }))).toEqual([fresh])
  })
})

/** What may happen next, chosen by two numbers. Replies, stops and failures end turns in any order. */
type Act = readonly [act: string, number]
const acts = fc.array(
  fc.tuple(
    fc.constantFrom(
      'send',
      'send',
      'word',
      'checkpoint',
      'done',
      'done',
      'failed',
      'restarting',
      'aborted',
      'saved',
      'saved',
      'stop',
      'take-back',
      'go-on',
      'retry',
      'again',
      'refresh',
      'page',
      'late',
    ),
    fc.nat(9),
  ),
  { maxLength: 60 },
)

/** A page in small: it does what the state asks for, and says what happens to what is asked. */
function play(schedule: readonly Act[]) {
  let state: State = START
  const box: string[] = []
  let sent = 0
  let failed: Question | null = null
  const askedNew: string[] = []
  const saving: number[] = []
  const pages: number[] = []
  const shownPages: number[] = []
  const answered: string[] = []
  const tell = (input: Input): void => {
    const before = state.running
    const next = step(state, input)
    state = next.state
    for (const effect of next.effects) {
      if (effect.kind === 'ask') {
        // One at a time.
        expect(before === null || input.kind === 'ended' || input.kind === 'saved').toBe(true)
        if (effect.turn.question.kind === 'new') askedNew.push(effect.turn.question.message)
      } else if (effect.kind === 'give-back' && effect.question.kind === 'new') {
        box.push(effect.question.message)
      }
      if (effect.kind === 'save') saving.push(effect.turn.number)
      else if (effect.kind === 'fetch') pages.push(effect.number)
      else if (effect.kind === 'merge') shownPages.push(effect.number)
      else if (effect.kind === 'show') {
        const { kind } = effect.ending
        if (kind === 'failed' || kind === 'unsaid') failed = effect.turn.question
        if (kind === 'undone')
          askedNew.splice(askedNew.lastIndexOf(effect.turn.question.message), 1)
        if (kind === 'done' || kind === 'stopped') answered.push(effect.turn.question.message)
      }
    }
  }
  for (const [act, chance] of schedule) {
    const turn = state.running
    const number = turn?.number ?? 0
    const end = (ending: Ending): void => {
      if (turn) tell(ended(number, ending, box.length > 0 ? 'full' : 'empty'))
    }
    if (act === 'send') {
      // What is in the box goes first: the visitor sends all of it.
      const message = box.length > 0 ? box.shift() : `m${sent++}`
      tell(send(message ?? ''))
    } else if (act === 'done') end(DONE)
    else if (act === 'failed') end(FAILED)
    else if (act === 'restarting') end(restarting(chance * 5))
    else if (act === 'aborted' && state.phase === 'stopping') end(STOPPED)
    else if (act === 'word') tell({ kind: 'word', turn: number })
    else if (act === 'checkpoint') tell({ kind: 'checkpoint', turn: number, receipt: 'r' })
    else if (act === 'saved') tell({ kind: 'saved', turn: saving.shift() ?? 0 })
    else if (act === 'take-back') tell({ kind: 'take-back', id: state.queue[chance]?.id ?? '' })
    else if (act === 'stop' || act === 'go-on' || act === 'refresh') tell({ kind: act })
    else if (act === 'retry' && failed && !turn && state.phase !== 'saving') {
      const { message, kind }: Question = failed
      failed = null
      if (kind === 'new') askedNew.splice(askedNew.lastIndexOf(message), 1)
      tell({ kind: 'ask', question: question(message, kind) })
    } else if (act === 'again') tell({ kind: 'ask', question: question('again', 'again') })
    else if (act === 'page') tell({ kind: 'page', number: pages.splice(chance, 1)[0] ?? -1 })
    else if (act === 'late') tell(ended(number - 1, DONE))
  }
  return { state, box, sent, askedNew, shownPages, answered }
}

const waitingNew = ({ queue }: State): string[] =>
  queue.filter(({ kind }) => kind === 'new').map(({ message }) => message)

describe('whatever happens', () => {
  it('nothing that was sent is lost, or sent twice', () => {
    fc.assert(
      fc.property(acts, (schedule) => {
        const { state, box, sent, askedNew } = play(schedule)
        const places = [...askedNew, ...box, ...waitingNew(state)]
        const all = Array.from({ length: sent }, (_, index) => `m${index}`)
        expect(places.toSorted()).toEqual(all.toSorted())
      }),
      { numRuns: 1000 },
    )
  })

  it('the order is kept, as long as nothing is taken back or asked again', () => {
    const kept = acts.map((schedule) =>
      schedule.filter(([act]) => act !== 'take-back' && act !== 'retry'),
    )
    fc.assert(
      fc.property(kept, (schedule) => {
        const { state, askedNew, box } = play(schedule)
        const order = [...askedNew, ...waitingNew(state)]
          .filter((message) => !box.includes(message))
          .map((message) => Number(message.slice(1)))
        expect(order).toEqual(order.toSorted((one, other) => one - other))
      }),
      { numRuns: 1000 },
    )
  })

  it('a page is never shown after a newer one', () => {
    fc.assert(
      fc.property(acts, (schedule) => {
        const { shownPages } = play(schedule)
        expect(shownPages).toEqual(shownPages.toSorted((one, other) => one - other))
      }),
    )
  })

  it('what is not held goes as soon as the page is free', () => {
    fc.assert(
      fc.property(acts, (schedule) => {
        const { state } = play(schedule)
        const isFree = state.phase === 'idle' || state.phase === 'failed'
        expect(isFree && state.queue.length > 0 && !state.isHeld).toBe(false)
      }),
    )
  })
})
