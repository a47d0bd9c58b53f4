import { describe, expect, it } from 'vitest'
import { createArchive } from '../../src/conversation/archive/archive.ts'
import { type Conversation, startConversation } from '../../src/conversation/conversation.ts'
import { createReceipts } from '../../src/conversation/receipt.ts'
import { type Asker, createChatService, type TurnRequest } from '../../src/conversation/service.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import type { Log, LogFields } from '../../src/log.ts'
import type { Model } from '../../src/model/model.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { createEcho, SECRET } from '../support/chat-app.ts'
import { textModel } from '../support/text-model.ts'

const tokens = createTokens([SECRET])
const START = 1_800_000_000

const turn = (i: number): SavedTurn => ({
  id: `mjd2k0f${String(i).padStart(6, '0')}`,
  user: `q${i}`,
  assistant: `a${i}`,
  stopped: false,
})
const conversationOf = (...turns: readonly SavedTurn[]): Conversation => ({
  ...startConversation(START),
  turns,
})

function createFixture(model: Model = createEcho().model) {
  const lines: LogFields[] = []
  const log: Log = (_level, event, fields = {}) => lines.push({ event, ...fields })
  const stopping = new AbortController()
  const receipts = createReceipts(tokens)
  const chat = createChatService({
    model,
    receipts,
    systemPrompt: 'S',
    maxMessages: 10,
    log,
    now: () => START * 1000,
    stopping: stopping.signal,
  })
  const archive = createArchive({ store: null, log })
  const askerOf = (conversation: Conversation): Asker => ({
    conversation,
    archive,
    storeOperations: 3,
  })
  return { chat, receipts, lines, stopping, askerOf }
}

const requestOf = (message: string, more: Partial<TurnRequest> = {}): TurnRequest => ({
  message,
  receipts: [],
  replaces: 'nothing',
  streamed: false,
  requestId: 'r1',
  visitor: new AbortController().signal,
  ...more,
})

const nothing = async (): Promise<void> => {}

describe('begin and finish', () => {
  it('adds the turn to the conversation that is saved, once, and says so in one line', async () => {
    const { chat, askerOf, lines } = createFixture()
    const begun = await chat.begin(askerOf(conversationOf(turn(1))), requestOf('q2'))
    const saved: Conversation[] = []
    const finished = await begun.finish(async (conversation) => void saved.push(conversation))
    expect(finished).toMatchObject({ kind: 'finished', turn: { user: 'q2', stopped: false } })
    expect(saved.map(({ turns }) => turns.map(({ user }) => user))).toEqual([['q1', 'q2']])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ event: 'turn', storeOperations: 3, finish: 'stop' })
  })

  it('puts the turn in the place of the last one, out of the prompt too', async () => {
    const { model, prompts } = createEcho()
    const { chat, askerOf } = createFixture(model)
    const before = conversationOf(turn(1), turn(2))
    const begun = await chat.begin(askerOf(before), requestOf('other', { replaces: 'last' }))
    await begun.finish(async ({ turns, ring }) => {
      expect(turns.map(({ user }) => user)).toEqual(['q1', 'other'])
      expect(ring).toEqual([turn(2).id])
    })
    expect(prompts[0]?.map(({ content }) => content)).toEqual(['S', 'q1', 'a1', 'other'])
  })

  it('saves nothing of a turn that fails, and tells the failure as a value', async () => {
    const error = new Error('broken')
    const { chat, askerOf, lines } = createFixture({
      ...createEcho().model,
      answer: () => {
        throw error
      },
    })
    const begun = await chat.begin(askerOf(conversationOf()), requestOf('q'))
    const save = () => Promise.reject(new Error('nothing is to be saved'))
    expect(await begun.finish(save)).toEqual({ kind: 'failed', error })
    expect(lines).toMatchObject([{ event: 'turn', code: 'internal' }])
  })

  it('fails, and says so once, when the turn could not be saved', async () => {
    const { chat, askerOf, lines } = createFixture()
    const begun = await chat.begin(askerOf(conversationOf()), requestOf('q'))
    const error = new Error('full')
    expect(await begun.finish(() => Promise.reject(error))).toEqual({ kind: 'failed', error })
    expect(lines).toMatchObject([{ event: 'turn', code: 'internal' }])
  })

  it('takes receipts along, and says whether they changed anything', async () => {
    const { chat, askerOf, receipts } = createFixture()
    const before = conversationOf(turn(1))
    const issue = (saved: SavedTurn) =>
      receipts.issue({ conversationId: before.id, turn: saved, replaces: '' })
    const [known, fresh] = [await issue(turn(1)), await issue(turn(2))]
    const begun = await chat.begin(askerOf(before), requestOf('q3', { receipts: [known, fresh] }))
    expect([begun.changed, begun.settled]).toEqual([true, [0]])
    expect(begun.conversation.turns).toEqual([turn(1), turn(2)])
    const again = await chat.begin(askerOf(before), requestOf('q3', { receipts: [known] }))
    expect([again.changed, again.settled]).toEqual([false, [0]])
    await Promise.all([begun, again].map((each) => each.finish(nothing)))
  })

  it('ends with its visitor, and begins nothing once the process stops', async () => {
    const hanging = textModel('hanging', async function* () {
      yield* await new Promise<[]>(() => {})
      return 'stop'
    })
    const { chat, askerOf, stopping } = createFixture(hanging)
    const leaving = new AbortController()
    const asker = askerOf(conversationOf())
    const left = await chat.begin(asker, requestOf('q', { visitor: leaving.signal }))
    const open = await chat.begin(asker, requestOf('q'))
    leaving.abort()
    expect(await left.finish(nothing)).toMatchObject({ error: { code: 'visitor_left' } })
    stopping.abort()
    expect(await open.finish(nothing)).toMatchObject({ error: { code: 'shutting_down' } })
    await expect(chat.begin(asker, requestOf('q'))).rejects.toMatchObject({ code: 'shutting_down' })
  })
})

describe('commit', () => {
  it.each([
    ['a forged one', ['good', 'forged'], 'receipt_invalid'],
    ['only those of another conversation', ['foreign'], 'receipt_conflict'],
    ['none at all', [], 'receipt_invalid'],
  ])('refuses %s', async (_name, names, code) => {
    const { chat, askerOf, receipts } = createFixture()
    const before = conversationOf()
    const issue = (conversationId: string) =>
      receipts.issue({ conversationId, turn: turn(1), replaces: '' })
    const kinds: Record<string, string> = {
      good: await issue(before.id),
      foreign: await issue('b'.repeat(32)),
      forged: 'forged',
    }
    const tokens = names.map((name) => kinds[name] ?? '')
    expect(await chat.commit(askerOf(before), tokens)).toMatchObject({
      kind: 'refused',
      error: { code },
    })
  })

  it('takes the good ones when others came too late', async () => {
    const { chat, askerOf, receipts } = createFixture()
    const before = { ...conversationOf(turn(5)), floor: turn(4).id }
    const issue = (i: number) =>
      receipts.issue({ conversationId: before.id, turn: turn(i), replaces: '' })
    const committed = await chat.commit(askerOf(before), [await issue(3), await issue(6)])
    expect(committed).toMatchObject({
      kind: 'committed',
      settled: [0],
      conversation: { turns: [turn(5), turn(6)] },
    })
  })
})
