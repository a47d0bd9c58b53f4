/**
 * Formats with history. `recorded/version-2.json` is a jar, a store and a receipt as the release wrote
 * them that knew version 2: they go on as if nothing had happened.
 */

import { describe, expect, it } from 'vitest'
import {
  encodeConversation,
  encodeReceipt,
  encodeSegment,
  parseConversation,
  parseReceipt,
  parseSegment,
} from '../../src/conversation/codec.ts'
import { startConversation } from '../../src/conversation/conversation.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { startedAtOf } from '../../src/conversation/turn-id.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import recorded from '../recorded/version-2.json' with { type: 'json' }
import { createChatApp, ORIGIN, SECRET } from '../support/chat-app.ts'
import { plain as notDeflated, signToken } from '../support/sign-token.ts'
import { createVisitor } from '../support/visitor.ts'

const START = 1_800_000_000
const ID = 'a'.repeat(32)
const TURN_ID = 'mjd2k0f000001'

/** A visitor of the older release, whose clock stands where it stood. */
async function createOldVisitor() {
  const now = startedAtOf(recordedId()).getTime()
  const store = createMemoryStore({ now: () => now, maxChars: 1e9 })
  for (const [conversation, values] of Object.entries(recorded.entries)) {
    for (const [key, value] of Object.entries(values)) {
      await store.put(conversation, key, value, 1000)
    }
  }
  const { app } = createChatApp({ store, now: () => now })
  const visitor = createVisitor(ORIGIN, (url, init) => app.request(url, init))
  visitor.setCookie(recorded.cookie)
  return { visitor, store }
}

/** An id of the time when the jar was recorded. */
function recordedId(): string {
  const at = Date.parse(recorded.history.turns.at(-1)?.at ?? '')
  return at.toString(36).padStart(9, '0').padEnd(13, '0')
}

describe('what version 2 wrote', () => {
  it('is read whole: cookie and segments', async () => {
    const { visitor } = await createOldVisitor()
    expect(await visitor.history()).toEqual(recorded.history)
    expect(await visitor.page()).toContain('Saved by another')
  })

  it('takes its receipt once', async () => {
    const { visitor } = await createOldVisitor()
    for (let i = 0; i < 2; i++) {
      expect((await visitor.post('/chat/commit', { receipt: recorded.unsaved })).status).toBe(200)
    }
    const { turns } = await visitor.history()
    expect(turns.slice(0, -2)).toEqual(recorded.history.turns)
    expect(turns.at(-2)?.content).toBe('Not saved yet 🌍 Grüße')
  })

  it('goes on for hundreds of turns, moves, and is read whole', async () => {
    const { visitor } = await createOldVisitor()
    const said = Array.from({ length: 200 }, (_, i) => `Later ${i} ${'word '.repeat(40)}`.trim())
    for (const message of said) await visitor.say(message)
    const { turns, forgotten } = await visitor.history()
    expect(forgotten).toBe(0)
    expect(turns.slice(0, recorded.history.turns.length)).toEqual(recorded.history.turns)
    expect(turns.slice(recorded.history.turns.length).map(({ content }) => content)).toEqual(
      said.flatMap((message) => [message, `Answer to ${message}`]),
    )
  })

  it('lets its last turn be replaced, and all of it be deleted', async () => {
    const { visitor, store } = await createOldVisitor()
    await visitor.post('/chat', { message: 'In its place', replaces: 'last' })
    const { turns } = await visitor.history()
    expect(turns.slice(0, -2)).toEqual(recorded.history.turns.slice(0, -2))
    expect(turns.at(-2)?.content).toBe('In its place')
    await visitor.post('/reset')
    for (const [conversation, values] of Object.entries(recorded.entries)) {
      for (const key of Object.keys(values)) expect(await store.get(conversation, key)).toBeNull()
    }
  })

  it('is told from the newest version in each of the three formats', () => {
    const v2 = [2, ID, START, 4, '', [], [['h3-Xq0zT', 1, 2]], [[TURN_ID, 'q', 'a', 1]]]
    const turn = { id: TURN_ID, user: 'q', assistant: 'a', stopped: true }
    expect(parseConversation(JSON.stringify(v2), START, 1000)?.turns).toEqual([turn])
    expect(parseSegment(JSON.stringify([[], [[TURN_ID, 'q', 'a', 1]]]))?.turns).toEqual([turn])
    expect(parseReceipt(JSON.stringify([ID, [TURN_ID, 'q', 'a', 1], '']))?.turn).toEqual(turn)
  })
})

/**
 * What the recording lacks, by hand: segments in a segment, turns that were stopped, a turn at the
 * end of a segment that has been replaced, a full ring with a floor, messages that were forgotten.
 *
 *     cookie ── k2 (level 1, 4 turns) ── k1 (level 0, 2 of 3): t3 t4, and no more t5
 *          │                        └─── t6, t7 stopped
 *          └─── t8 stopped
 */
describe('a conversation of version 2 with all that it may hold', () => {
  const turnId = (n: number): string => `mjd2k0f0000${String(n).padStart(2, '0')}`
  const said = (n: number, ...more: readonly number[]) => [turnId(n), `q${n}`, `a${n}`, ...more]
  const NAME = 'chat_dev'
  const sign = (purpose: string, name: string, payload: unknown): Promise<string> =>
    signToken({ secret: SECRET, purpose, name, packed: notDeflated(JSON.stringify(payload)) })
  const receipt = (turn: readonly unknown[], replaces = ''): Promise<string> =>
    sign('receipt', 'receipt', [ID, turn, replaces])

  async function createFullVisitor() {
    const now = START * 1000
    const store = createMemoryStore({ now: () => now, maxChars: 1e9 })
    const segments = {
      'k1-AAAAA': [[], [said(3), said(4), said(5)]],
      k2_BBBBB: [[['k1-AAAAA', 0, 2]], [said(6), said(7, 1)]],
    }
    for (const [key, segment] of Object.entries(segments)) {
      await store.put(ID, key, await sign('segment', `${ID}/${key}`, segment), 1000)
    }
    const ring = [9, 10, 11, 3, 4, 5, 6, 7].map(turnId)
    const references = [['k2_BBBBB', 1, 4]]
    const turns = [said(8, 1)]
    const cookie = await sign('session', NAME, [
      2,
      ID,
      START,
      4,
      turnId(2),
      ring,
      references,
      turns,
    ])
    const { app } = createChatApp({ store, now: () => now })
    const visitor = createVisitor(ORIGIN, (url, init) => app.request(url, init))
    visitor.setCookie(`${NAME}=${cookie}`)
    return visitor
  }

  const replies = async (visitor: ReturnType<typeof createVisitor>): Promise<string[]> =>
    (await visitor.history()).turns
      .filter(({ role }) => role === 'assistant')
      .map(({ content, stopped }) => (stopped ? `${content}…` : content))

  it('is read whole', async () => {
    const visitor = await createFullVisitor()
    expect(await replies(visitor)).toEqual(['a3', 'a4', 'a6', 'a7…', 'a8…'])
    expect((await visitor.history()).forgotten).toBe(4)
  })

  it.each([
    ['is added', said(12), '', ['a3', 'a4', 'a6', 'a7…', 'a8…', 'a12']],
    ['grows in the cookie', [turnId(8), 'q8', 'a8 whole'], '', ['a6', 'a7…', 'a8 whole']],
    ['grows in the newest segment', [turnId(7), 'q7', 'a7 whole'], '', ['a6', 'a7 whole', 'a8…']],
    ['replaces the last turn', said(12), turnId(8), ['a6', 'a7…', 'a12']],
    ['replaces a turn of the newest segment', said(12), turnId(7), ['a6', 'a12', 'a8…']],
    ['was there', said(4), '', ['a6', 'a7…', 'a8…']],
    ['was there, and was replaced', said(9), '', ['a6', 'a7…', 'a8…']],
    ['is older than the floor', said(1), '', ['a6', 'a7…', 'a8…']],
  ])(
    'takes a receipt of its time along with a message: a turn that %s',
    async (_name, turn, replaces, end) => {
      const visitor = await createFullVisitor()
      const receipts = [await receipt(turn, replaces)]
      const response = await visitor.post('/chat', { message: 'Hi', receipts })
      expect(response.status).toBe(200)
      const all = await replies(visitor)
      expect(all.slice(0, 2)).toEqual(['a3', 'a4'])
      expect(all.slice(-end.length - 1)).toEqual([...end, 'Answer to Hi'])
      expect(all).toHaveLength(end.includes('a12') && replaces === '' ? 7 : 6)
    },
  )
})

describe('version 3', () => {
  const unusual: SavedTurn = {
    id: TURN_ID,
    user: [
      { kind: 'text', text: 'What is on it?' },
      { kind: 'file', mediaType: 'image/png', key: 'h3-Xq0zT' },
    ],
    assistant: 'A cat',
    stopped: true,
    model: 'org/model',
  }
  const plain: SavedTurn = { id: TURN_ID, user: 'q', assistant: 'a', stopped: false }

  it('holds content of parts and the model that spoke', () => {
    const conversation = { ...startConversation(START), turns: [unusual, plain] }
    expect(parseConversation(encodeConversation(conversation), START, 1000)).toEqual(conversation)
    const segment = { before: [], turns: [unusual] }
    expect(parseSegment(encodeSegment(segment))).toEqual(segment)
    const receipt = { conversationId: ID, turn: unusual, replaces: '' }
    expect(parseReceipt(encodeReceipt(receipt))).toEqual(receipt)
  })

  it('never writes a name that it would not read', () => {
    const long = { ...plain, model: 'x'.repeat(2000) }
    const [read] = parseSegment(encodeSegment({ before: [], turns: [long] }))?.turns ?? []
    expect(read?.model).toMatch(/^x{200}$/)
  })

  it('makes text no heavier', () => {
    expect(encodeSegment({ before: [], turns: [plain] })).toBe(`[3,[],[["${TURN_ID}","q","a"]]]`)
  })

  it.each([
    ['a part that is a number', [TURN_ID, [1], 'a']],
    ['a part of three', [TURN_ID, [['image/png', 'k', 'x']], 'a']],
    ['a model that is a number', [TURN_ID, 'q', 'a', { m: 1 }]],
    ['a model of thousands of letters', [TURN_ID, 'q', 'a', { m: 'x'.repeat(2000) }]],
    ['a list where the object stands', [TURN_ID, 'q', 'a', []]],
    ['two objects', [TURN_ID, 'q', 'a', {}, {}]],
  ])('refuses %s', (_name, turn) => {
    expect(parseSegment(JSON.stringify([3, [], [turn]]))).toBeNull()
  })
})

describe('version 4 of a conversation', () => {
  const turns = [{ id: TURN_ID, user: 'q', assistant: 'a', stopped: false }]
  const usual = { ...startConversation(START), turns }

  it.each([
    ['a name', { name: 'Prices' }],
    ['a title of what has left', { title: 'What is inflation?' }],
    ['a copy that anyone may read', { shared: '9'.repeat(32) }],
    ['all of it', { name: '', title: 't', shared: 's' }],
  ])('holds %s', (_name, unusual) => {
    const text = encodeConversation({ ...usual, ...unusual })
    expect(text).toMatch(/^\[4,/)
    expect(parseConversation(text, START, 1000)).toEqual({ ...usual, ...unusual })
  })

  it('is written for what is unusual only, and what is usual as before', () => {
    expect(encodeConversation(usual)).toMatch(/^\[3,.*\]\]\]$/)
  })

  it('leaves its readers the versions before', () => {
    const fields = [ID, START, 4, '', [], [], [[TURN_ID, 'q', 'a']]]
    const parse = (...value: unknown[]) => parseConversation(JSON.stringify(value), START, 1000)
    const expected = { ...usual, id: ID, forgotten: 4 }
    for (const version of [2, 3]) expect(parse(version, ...fields)).toEqual(expected)
    expect(parse(4, ...fields, { n: 'N' })).toEqual({ ...expected, name: 'N' })
    expect(parse(4, ...fields, {})).toEqual(expected)
  })

  it.each([
    ['nothing at the end', []],
    ['a name that is a number', [{ n: 1 }]],
    ['a copy that is null', [{ s: null }]],
    ['a list', [[]]],
    ['two objects', [{}, {}]],
  ])('is none with %s', (_name, end) => {
    const fields = [4, ID, START, 0, '', [], [], [[TURN_ID, 'q', 'a']], ...end]
    expect(parseConversation(JSON.stringify(fields), START, 1000)).toBeNull()
    const older = [3, ...fields.slice(1), {}]
    expect(parseConversation(JSON.stringify(older), START, 1000)).toBeNull()
  })
})
