import { describe, expect, it } from 'vitest'
import { type RunningTurn, startTurn } from '../../src/conversation/running-turn.ts'
import type { Turn } from '../../src/conversation/turn.ts'
import { AppError } from '../../src/errors.ts'
import type { Finish, Message, Model } from '../../src/model/model.ts'
import { type Speak, textModel } from '../support/text-model.ts'

const BEFORE: readonly Turn[] = [{ user: 'q1', assistant: 'a1' }]
const LONG_MS = 10_000

const startModel = (model: Model): RunningTurn =>
  startTurn(BEFORE, 'q2', { model, systemPrompt: 'S', maxMessages: 10, stream: true })
const start = (speak: Speak): RunningTurn => startModel(textModel('fake', speak))

/** A model whose pieces and end come when the test says so. */
function createScript() {
  type Step = { readonly text: string } | { readonly finish: Finish } | { readonly error: Error }
  const steps: Step[] = []
  let wake = (): void => {}
  const answer: Speak = async function* () {
    for (;;) {
      const step = steps.shift()
      if (!step) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else if ('text' in step) yield step.text
      else if ('error' in step) throw step.error
      else return step.finish
    }
  }
  const push = (...more: readonly Step[]): void => {
    steps.push(...more)
    wake()
  }
  return { answer, push }
}

/** Long enough for all that is ready to happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('startTurn', () => {
  it('joins and trims what the model yields, and says how it ended', async () => {
    const seen: Message[][] = []
    const turn = start(async function* (messages) {
      seen.push([...messages])
      yield* [' Hel', 'lo', ' \n']
      return 'length'
    })
    expect(await turn.ended).toEqual({
      kind: 'finished',
      turn: { user: 'q2', assistant: 'Hello', finish: 'length' },
    })
    expect(seen[0]?.map(({ content }) => content)).toEqual(['S', 'q1', 'a1', 'q2'])
  })

  it('gives each piece once, all that have come together', async () => {
    const { answer, push } = createScript()
    const turn = start(answer)
    push({ text: 'a' }, { text: 'b' })
    await turn.arrival(LONG_MS)
    await settle()
    expect([turn.take(), turn.take(), turn.outcome]).toEqual([['a', 'b'], [], null])
    push({ text: 'c' }, { finish: 'stop' })
    await turn.ended
    await turn.arrival(LONG_MS)
    expect([turn.take(), turn.said()]).toEqual([['c'], 'abc'])
  })

  it('waits no longer than it is told', async () => {
    const { answer } = createScript()
    const turn = start(answer)
    await turn.arrival(1)
    expect([turn.take(), turn.outcome]).toEqual([[], null])
  })

  it('does not call silence a reply', async () => {
    const turn = start(async function* () {
      yield* [' ', '\n']
      return 'stop'
    })
    expect(await turn.ended).toMatchObject({ kind: 'failed', error: { code: 'model_empty' } })
  })

  it('holds a failure as a value while nobody looks, also one in the moment of the last words', async () => {
    const broke = new AppError('model_interrupted')
    const turn = start(async function* () {
      yield 'Half of'
      throw broke
    })
    // An unhandled rejection in between would fail the whole run.
    await settle()
    expect(turn.outcome).toEqual({ kind: 'failed', error: broke })
    expect([turn.take(), turn.said()]).toEqual([['Half of'], 'Half of'])
    expect(await turn.ended).toEqual({ kind: 'failed', error: broke })
  })

  it('holds the failure of a model that throws at once', async () => {
    const error = new TypeError('no generator')
    const turn = start(() => {
      throw error
    })
    expect(await turn.ended).toEqual({ kind: 'failed', error })
  })

  it('stops at once, whether the model notices or not, and ends its work when it speaks again', async () => {
    const { answer, push } = createScript()
    let signal: AbortSignal | undefined
    let ended = false
    const turn = start(async function* (messages, options) {
      signal = options.signal
      try {
        return yield* answer(messages, options)
      } finally {
        ended = true
      }
    })
    push({ text: 'one' })
    await turn.arrival(LONG_MS)
    const left = new AppError('visitor_left')
    turn.stop(left)
    turn.stop(new AppError('shutting_down'))
    expect(await turn.ended).toEqual({ kind: 'failed', error: left })
    expect(signal?.reason).toBe(left)
    push({ text: 'two' })
    await settle()
    expect([ended, turn.said()]).toEqual([true, 'one'])
  })

  it('keeps its outcome when it is stopped after its end', async () => {
    const turn = start(async function* () {
      yield 'Hello'
      return 'stop'
    })
    const outcome = await turn.ended
    turn.stop(new AppError('visitor_left'))
    expect(turn.outcome).toBe(outcome)
  })

  it('tells what it took', async () => {
    const turn = start(async function* (_messages, { onRetry }) {
      onRetry?.()
      onRetry?.()
      yield 'Hello'
      return 'stop'
    })
    await turn.ended
    const figures = turn.figures()
    expect(figures).toMatchObject({ retries: 2, promptChars: 7, replyChars: 5 })
    expect(figures.firstWordMs).toBeLessThanOrEqual(figures.ms)
  })

  it('keeps reasoning apart from the reply, and what the server counted and named', async () => {
    const usage = { promptTokens: 9, completionTokens: 4 }
    const turn = startModel({
      name: 'asked/for',
      async answer(_messages, { hear }) {
        await settle()
        hear({ kind: 'reasoning', text: 'hm, well' })
        hear({ kind: 'text', text: 'Hello' })
        hear({ kind: 'usage', usage })
        return { finish: 'stop', model: 'has/spoken' }
      },
    })
    const before = turn.figures()
    expect(before).toMatchObject({ usage: null, reasoningChars: 0, model: 'asked/for' })
    const outcome = await turn.ended
    expect(outcome).toMatchObject({ turn: { assistant: 'Hello' } })
    expect([turn.take(), turn.said()]).toEqual([['Hello'], 'Hello'])
    const after = { usage, reasoningChars: 8, replyChars: 5, model: 'has/spoken' }
    expect(turn.figures()).toMatchObject(after)
  })

  it('wakes nobody for reasoning, and counts no first word', async () => {
    const turn = startModel({
      name: 'fake',
      async answer(_messages, { hear }) {
        hear({ kind: 'reasoning', text: 'hm' })
        await new Promise(() => {})
        return { finish: 'stop', model: 'fake' }
      },
    })
    await turn.arrival(20)
    expect([turn.take(), turn.figures().firstWordMs]).toEqual([[], null])
    turn.stop(new AppError('visitor_left'))
  })

  it('knows no first word of a turn without words', async () => {
    const turn = start(async function* () {
      yield* []
      return 'stop'
    })
    await turn.ended
    expect(turn.figures().firstWordMs).toBeNull()
  })
})
