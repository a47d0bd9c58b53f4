/** Receipts that come late, in numbers, or for a turn that has left the cookie already. */

import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { mergeReceipts, type Receipts } from '../../src/conversation/receipt.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { SETTLED_HEADER } from '../../src/wire.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { textModel } from '../support/text-model.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const store = createMemoryStore({ now: Date.now, maxChars: 1e9 })
const { app, receipts, archive, cookies } = createChatApp({ store })

async function stateOf(visitor: Visitor): Promise<Conversation> {
  const state = await cookies.load(visitor.cookie(), 'plain')
  if (!state) throw new Error('This visitor has no session')
  return state
}

/** A receipt as the app itself would make it, for the turn numbered `i` of many. */
function ownReceipt({ id }: Conversation, user: string, i: number): Promise<string> {
  const turn = {
    id: `zzzzzzzz${String(i).padStart(5, '0')}`,
    user,
    assistant: 'Yes.',
    stopped: false,
  }
  return receipts.issue({ conversationId: id, turn, replaces: '' })
}

async function receiptFor(visitor: Visitor, message: string): Promise<string> {
  const { events } = await readEvents(await visitor.stream({ message }))
  return String(events.at(-1)?.data['receipt'])
}

describe('a turn that goes whole into a segment', () => {
  it('is replaced there by a later receipt of it, and by none that says less', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const finished = await receipts.open(await receiptFor(visitor, prose(1, 20_000)))
    if (!finished) throw new Error('This receipt was made by the app itself')
    const reply = 'It began, went on, and ended.'
    const receiptOf = (said: Pick<SavedTurn, 'assistant' | 'stopped'>) =>
      receipts.issue({ ...finished, turn: { ...finished.turn, ...said } })
    const first = await receiptOf({ assistant: reply.slice(0, 8), stopped: true })
    const second = await receiptOf({ assistant: reply.slice(0, 17), stopped: true })
    const last = await receiptOf({ assistant: reply, stopped: false })
    const saved: unknown[] = []
    for (const receipt of [first, second, first, last, second, last]) {
      expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
      const { turns } = await visitor.history()
      expect(turns).toHaveLength(4)
      saved.push(turns.at(-1)?.content)
    }
    expect(saved).toEqual([
      'It began',
      'It began, went on',
      'It began, went on',
      reply,
      reply,
      reply,
    ])
    expect((await visitor.history()).turns.at(-1)?.stopped).toBeUndefined()
  })
})

describe('many receipts at once', () => {
  it('are all kept, some with each request, and none is settled that was not looked at', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const state = await stateOf(visitor)
    const pending = await Promise.all(
      Array.from({ length: 250 }, (_, i) => ownReceipt(state, `Question ${i}`, i)),
    )
    const entries: number[] = []
    let rest: readonly string[] = pending
    for (let round = 0; round < 20 && rest.length > 0; round++) {
      const response = await visitor.post('/chat/commit', { receipts: rest })
      expect(response.status).toBe(200)
      const settled = response.headers.get(SETTLED_HEADER)?.match(/\d+/g)?.map(Number) ?? []
      rest = rest.filter((_, position) => !settled.includes(position))
      entries.push((await visitor.history()).turns.length)
    }
    // The first answer's cookie came along with the second request, which settled them.
    expect(entries.slice(0, 3)).toEqual([202, 202, 402])
    expect([rest.length, entries.at(-1)]).toEqual([0, 502])
    const { turns } = await visitor.history()
    const questions = turns.filter(({ role }) => role === 'user').map(({ content }) => content)
    expect(questions).toEqual(['Hello', ...pending.map((_, i) => `Question ${i}`)])
  })

  it('cost once when they are the same, and each position is told of', async () => {
    let opened = 0
    const counting: Receipts = {
      ...receipts,
      open(token) {
        opened += 1
        return receipts.open(token)
      },
    }
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const state = await stateOf(visitor)
    const [one, two] = [await ownReceipt(state, 'One', 1), await ownReceipt(state, 'Two', 2)]
    const tokens = [one, 'forged', two, one, 'forged', one]
    const first = await mergeReceipts(state, tokens, counting, archive)
    expect([first.settled, first.opened, first.refusals.length, opened]).toEqual([[1, 4], 3, 1, 3])
    const again = await mergeReceipts(first.conversation, tokens, counting, archive)
    expect([again.settled, opened]).toEqual([[0, 1, 2, 3, 4, 5], 6])
    const thousand = Array.from({ length: 1000 }, () => one)
    const many = await mergeReceipts(first.conversation, thousand, counting, archive)
    expect([many.settled.length, opened]).toEqual([100, 7])
  })

  it('let other work have its turn, however much text they hold', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const state = await stateOf(visitor)
    const long = 'so it goes on '.repeat(4500)
    const tokens = await Promise.all(
      Array.from({ length: 60 }, (_, i) => ownReceipt(state, `${i} ${long}`, i)),
    )
    let turns = 0
    let isDone = false
    const others = (async () => {
      for (; !isDone; turns++) await new Promise((resolve) => setTimeout(resolve, 0))
    })()
    await mergeReceipts(state, tokens, receipts, archive)
    isDone = true
    await others
    expect(turns).toBeGreaterThan(1)
  })

  it('are all kept, however long their texts are', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hello')
    const pending: string[] = []
    for (let i = 0; i < 50; i++) {
      pending.push(await receiptFor(visitor, `${i} ${'so it goes on '.repeat(2200)}`))
    }
    expect((await visitor.post('/chat/commit', { receipts: pending })).status).toBe(200)
    const { turns, unreadable, forgotten } = await visitor.history()
    const numbers = turns.map(({ content }) => /\d+/.exec(content)?.[0])
    expect(numbers.slice(2)).toEqual(Array.from({ length: 100 }, (_, i) => `${i >> 1}`))
    expect([unreadable, forgotten]).toEqual([undefined, 0])
  })
})

describe('the largest message with the largest reply', () => {
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const text = (length: number, letter: () => number) =>
    Array.from({ length }, () => String.fromCodePoint(letter())).join('')
  const wide = () => 0x20000 + random(0xa000)
  const ideograph = () => 0x4e00 + random(0x5000)
  const control = () => 1 + random(8)
  const half = () => 0xd800 + random(0x800)

  it.each([
    ['of four bytes', wide, ideograph],
    ['that JSON escapes', control, control],
    ['that are no characters', half, half],
  ])(
    'of letters %s makes a receipt that can be committed, and sent along',
    {
      timeout: 30_000,
    },
    async (_name, letter, replied) => {
      const reply = `x${text(63_998, replied)}x`
      const model = textModel('fake', async function* () {
        yield reply
        return 'stop'
      })
      const own = createChatApp({
        store: createMemoryStore({ now: Date.now, maxChars: 1e9 }),
        model,
      })
      const visitor = createVisitor(ORIGIN, own.app.request)
      const message = `x${text(31_998, letter)}x`
      const receipt = await receiptFor(visitor, message)
      const along = await visitor.post('/chat', {
        message: '語'.repeat(32_000),
        receipts: [receipt],
      })
      expect(along.status).toBe(200)
      const response = await visitor.post('/chat/commit', { receipts: [receipt] })
      expect([response.status, response.headers.get(SETTLED_HEADER)]).toEqual([200, '0'])
      const { turns } = await visitor.history()
      expect(turns).toHaveLength(4)
      expect([turns[0]?.content === message, turns[1]?.content === reply]).toEqual([true, true])
    },
  )

  it.each([
    ['no receipts', { message: 'Hi', more: 'x'.repeat(270_000) }, 413],
    ['receipts', { message: 'Hi', receipts: ['x'.repeat(270_000)] }, 200],
    ['too many receipts', { message: 'Hi', receipts: ['x'.repeat(800_000)] }, 413],
  ])('leaves the limit of a body with %s', async (_name, body, status) => {
    const visitor = createVisitor(ORIGIN, app.request)
    expect((await visitor.post('/chat', body)).status).toBe(status)
  })

  it('leaves the limit of a form', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    const fields = { message: 'Hi', receipts: 'x'.repeat(270_000) }
    expect((await visitor.submit('/chat', fields)).status).toBe(413)
  })
})
