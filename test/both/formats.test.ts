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
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
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
