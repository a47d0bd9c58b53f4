import { describe, expect, it } from 'vitest'
import type { AppError } from '../../src/errors.ts'
import { createDeadline } from '../../src/model/client/deadline.ts'

const aborted = (signal: AbortSignal): Promise<AppError> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })

describe('createDeadline', () => {
  it.each([-12, 0])(
    'ends the turn for a wait of %d ms, and tells no negative time',
    async (waitMs) => {
      const { signal, expect: wait } = createDeadline(new AbortController().signal, 60_000)
      wait(waitMs, 'no answer')
      expect(await aborted(signal)).toMatchObject({
        code: 'model_timeout',
        detail: 'no answer within 0 ms',
      })
    },
  )

  it('keeps the time of the wait that was started last', async () => {
    const { signal, expect: wait } = createDeadline(new AbortController().signal, 60_000)
    wait(1, 'the first')
    wait(5, 'the second')
    expect((await aborted(signal)).detail).toBe('the second within 5 ms')
  })

  it('gives the reason of a visitor who left', () => {
    const visitor = new AbortController()
    const { signal } = createDeadline(visitor.signal, 60_000)
    visitor.abort(new Error('left'))
    expect(signal.reason).toEqual(new Error('left'))
  })
})
