import { describe, expect, it } from 'vitest'
import { createArchive } from '../../src/conversation/archive/archive.ts'
import { encodeConversation, parseConversation } from '../../src/conversation/codec.ts'
import {
  addTurn,
  type Conversation,
  keepNewest,
  replaceTurn,
  startConversation,
} from '../../src/conversation/conversation.ts'
import { createReceipts } from '../../src/conversation/receipt.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { newTurnId } from '../../src/conversation/turn-id.ts'
import { createSessionCookies, MAX_COOKIE_LINE_BYTES } from '../../src/session/cookie.ts'
import type { CookieMode } from '../../src/session/place.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { changed } from '../support/changed.ts'

const tokens = createTokens(['a secret of the tests, long enough to sign with'])
const MAX_AGE = 1000
const START = 1_800_000_000

/** Cookies whose clock stands `seconds` after the start. */
function cookiesAt(seconds: number) {
  return createSessionCookies({
    tokens,
    archive: createArchive({ store: null, log: () => {} }),
    maxAgeSeconds: MAX_AGE,
    now: () => (START + seconds) * 1000,
  })
}

const cookies = cookiesAt(0)
const turn = (i: number, length = 10): SavedTurn => ({
  id: `mjd2k0f${String(i).padStart(6, '0')}`,
  user: `question ${i}`,
  assistant: noise(length, i),
  stopped: false,
})
const withTurns = (turns: SavedTurn[]): Conversation => ({ ...cookies.start(), turns })
const toHeader = (line: string) => line.split(';')[0] ?? ''

/** Text that does not compress, the same on every run. */
function noise(length: number, seed: number): string {
  let state = seed * 2_654_435_761 + 1
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return String.fromCharCode(33 + ((state >>> 16) % 90))
  }).join('')
}

describe('createSessionCookies', () => {
  it('loads what it saved', async () => {
    const state = withTurns([
      turn(1),
      { ...turn(2), user: 'שלום 🚀\nzwei', assistant: '"\\\u0000' },
    ])
    const { line } = await cookies.save(state, 'secure')
    expect(await cookies.load(toHeader(line), 'secure')).toEqual(state)
  })

  it.each<[CookieMode, RegExp]>([
    ['secure', /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/],
    ['plain', /^chat_dev=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/],
    [
      'embedded',
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    ],
  ])('sets the attributes of a %s cookie', async (mode, pattern) => {
    expect((await cookies.save(cookies.start(), mode)).line).toMatch(pattern)
  })

  it('does not take a plain cookie for a secure one', async () => {
    const { line } = await cookies.save(cookies.start(), 'plain')
    const renamed = toHeader(line).replace('chat_dev', '__Host-chat')
    expect(await cookies.load(renamed, 'secure')).toBeNull()
  })

  it.each([
    ['a bad one before', (good: string) => `chat_dev=1.AAAA.AAAA; ${good}`],
    ['a bad one after', (good: string) => `${good}; chat_dev=broken`],
    ['many others around', (good: string) => `${'x=1; '.repeat(60)}${good}; chat_dev2=y`],
    ['quotes', (good: string) => `${good.replace('=', '="')}"`],
  ])('finds the good cookie with %s', async (_name, around) => {
    const { line } = await cookies.save(withTurns([turn(1)]), 'plain')
    expect(await cookies.load(around(toHeader(line)), 'plain')).not.toBeNull()
  })

  it('looks at four cookies of its name and no more', async () => {
    const good = toHeader((await cookies.save(cookies.start(), 'plain')).line)
    expect(await cookies.load(`${'chat_dev=x; '.repeat(3)}${good}`, 'plain')).not.toBeNull()
    expect(await cookies.load(`${'chat_dev=x; '.repeat(4)}${good}`, 'plain')).toBeNull()
  })

  it('gives nothing for no cookie, an empty one and a foreign one', async () => {
    for (const header of ['', 'chat_dev=', 'chat_dev=1.e30.e30', 'other=1']) {
      expect(await cookies.load(header, 'plain')).toBeNull()
    }
  })

  it('ends with the conversation, not before and not after', async () => {
    const { line } = await cookies.save(cookies.start(), 'plain')
    expect(await cookiesAt(MAX_AGE - 1).load(toHeader(line), 'plain')).not.toBeNull()
    expect(await cookiesAt(MAX_AGE).load(toHeader(line), 'plain')).toBeNull()
  })

  it('allows a clock that runs behind by a minute, and no more', async () => {
    const { line } = await cookies.save(cookies.start(), 'plain')
    expect(await cookiesAt(-60).load(toHeader(line), 'plain')).not.toBeNull()
    expect(await cookiesAt(-61).load(toHeader(line), 'plain')).toBeNull()
  })

  it('lowers Max-Age as the conversation grows old, so that use does not prolong it', async () => {
    const { line } = await cookiesAt(400).save(cookies.start(), 'plain')
    expect(line).toContain('Max-Age=600;')
  })

  it('drops the oldest turns, as few as needed, and counts their messages', async () => {
    let state = withTurns([])
    for (let i = 0; i < 40; i++) {
      const saved = await cookies.save(
        { ...state, turns: [...state.turns, turn(i, 300)] },
        'secure',
      )
      expect(saved.line.length).toBeLessThanOrEqual(MAX_COOKIE_LINE_BYTES)
      expect(saved.conversation.turns.at(-1)).toEqual(turn(i, 300))
      expect(saved.conversation.forgotten / 2 + saved.conversation.turns.length).toBe(i + 1)
      expect(await cookies.load(toHeader(saved.line), 'secure')).toEqual(saved.conversation)
      state = saved.conversation
    }
    expect(state.turns.length).toBeGreaterThan(4)
    const oneMore = { ...state, turns: [turn(39 - state.turns.length, 300), ...state.turns] }
    expect((await cookies.save(oneMore, 'secure')).conversation.turns).toEqual(state.turns)
  })

  it('cuts a turn that is larger than a cookie where there is no store, and shows that it did', async () => {
    const long = { ...turn(2, 20_000), user: `begin ${noise(9000, 3)}` }
    const saved = await cookies.save(withTurns([turn(1), long]), 'secure')
    expect(saved.line.length).toBeLessThanOrEqual(MAX_COOKIE_LINE_BYTES)
    expect(saved.line.length).toBeGreaterThan(MAX_COOKIE_LINE_BYTES - 20)
    expect(saved.conversation.forgotten).toBe(2)
    const [kept] = saved.conversation.turns
    expect(kept?.user).toMatch(/^begin .* \[…\]$/)
    const [head = '', tail = ''] = kept?.assistant.split(' […] ') ?? []
    expect(long.assistant.startsWith(head) && long.assistant.endsWith(tail)).toBe(true)
    expect(head.length + tail.length).toBeGreaterThan(1000)
    expect(await cookies.load(toHeader(saved.line), 'secure')).toEqual(saved.conversation)
  })

  it('keeps no more text than it would unpack, however well it packs', async () => {
    const turns = [1, 2, 3, 4, 5, 6].map((i) => ({ ...turn(i), user: 'a'.repeat(32_000) }))
    const saved = await cookies.save(withTurns(turns), 'secure')
    expect(saved.conversation.turns).toEqual(turns.slice(-4))
    expect(await cookies.load(toHeader(saved.line), 'secure')).toEqual(saved.conversation)
  })

  it('gives every conversation an id of its own', () => {
    const ids = Array.from({ length: 100 }, () => cookies.start().id)
    expect(new Set(ids).size).toBe(100)
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('parseConversation', () => {
  const good = encodeConversation({ ...startConversation(START), turns: [turn(1)] })
  const parse = (payload: string) => parseConversation(payload, START, MAX_AGE)
  const id = 'a'.repeat(32)

  it('reads what encodeConversation wrote', () => {
    expect(parse(good)?.turns).toEqual([turn(1)])
  })

  it.each([
    ['no JSON', 'x'],
    ['an object', '{}'],
    ['null', 'null'],
    ['a later version', good.replace('[3,', '[4,')],
    ['another version', good.replace('[3,', '[1,')],
    ['a short id', JSON.stringify([2, 'abc', START, 0, '', [], [], []])],
    ['a start that is text', JSON.stringify([2, id, String(START), 0, '', [], [], []])],
    ['a negative count', JSON.stringify([2, id, START, -2, '', [], [], []])],
    ['a fraction', JSON.stringify([2, id, START, 0.5, '', [], [], []])],
    ['no turns', JSON.stringify([2, id, START, 0, '', [], []])],
    [
      'a turn of three',
      JSON.stringify([2, id, START, 0, '', [], [], [['mjd2k0f000001', 'b', 'c', 'd']]]),
    ],
    ['a turn of numbers', JSON.stringify([2, id, START, 0, '', [], [], [['mjd2k0f000001', 1, 2]]])],
    ['a segment with a path', JSON.stringify([2, id, START, 0, '', [], [['../../ab', 0, 1]], []])],
    ['a segment of text', JSON.stringify([2, id, START, 0, '', [], ['h3-Xq0zT'], []])],
    ['a floor of markup', JSON.stringify([2, id, START, 0, '<b>', [], [], []])],
    ['an extra field', JSON.stringify([2, id, START, 0, '', [], [], [], 'x'])],
    ['deep nesting', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['prototype names', '{"__proto__": {"x": 1}, "constructor": 1}'],
  ])('refuses %s', (_name, payload) => {
    expect(parse(payload)).toBeNull()
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })
})

describe('addTurn', () => {
  const state = [1, 2, 3].reduce((so, i) => changed(addTurn(so, turn(i))), startConversation(START))

  it('adds a turn at most once, also when it was dropped meanwhile', () => {
    expect(state.turns).toHaveLength(3)
    expect(addTurn(state, turn(2))).toEqual({ kind: 'known', conversation: state })
    const dropped = keepNewest(state, 1)
    expect(addTurn(dropped, turn(1))).toEqual({ kind: 'known', conversation: dropped })
  })

  it('adds a turn that began before others, if it can be told that it is new', () => {
    const without = { ...state, turns: [turn(1), turn(3)] }
    expect(addTurn(without, turn(2)).kind).toBe('added')
    expect(changed(addTurn(without, turn(2))).turns.map(({ id }) => id)).toEqual(
      [1, 3, 2].map((i) => turn(i).id),
    )
  })

  it('refuses a turn that is older than what can be told', () => {
    let long = startConversation(START)
    for (let i = 1; i <= 20; i++) long = keepNewest(changed(addTurn(long, turn(i))), 2)
    expect(long.ring).toHaveLength(8)
    expect(addTurn(long, turn(11))).toEqual({ kind: 'known', conversation: long })
    expect(addTurn(long, turn(10))).toEqual({ kind: 'expired' })
    expect(addTurn(long, turn(1))).toEqual({ kind: 'expired' })
    expect(parseConversation(encodeConversation(long), START, MAX_AGE)).toEqual(long)
  })

  it('takes what says more in the place of a turn that was stopped', () => {
    const stopped = { ...turn(3), assistant: 'half', stopped: true }
    const before = { ...state, turns: [turn(1), turn(2), stopped] }
    const longer = { ...stopped, assistant: 'half of' }
    expect(addTurn(before, longer).kind).toBe('grown')
    expect(changed(addTurn(before, longer)).turns.at(-1)).toEqual(longer)
    expect(addTurn(before, { ...stopped, assistant: 'hal' }).kind).toBe('known')
    expect(changed(addTurn(before, turn(3))).turns).toEqual(state.turns)
    expect(addTurn(state, longer)).toEqual({ kind: 'known', conversation: state })
  })

  it('replaces a turn for good', () => {
    const replaced = changed(replaceTurn(state, turn(2).id, turn(4)))
    expect(replaced.turns).toEqual([turn(1), turn(4), turn(3)])
    expect(addTurn(replaced, turn(2))).toEqual({ kind: 'known', conversation: replaced })
    expect(replaceTurn(state, turn(9).id, turn(4))).toEqual({ kind: 'absent' })
  })

  it('remembers the greatest id that is forgotten, whatever the order', () => {
    const turns = [30, 9, 1, 11, 12, 13, 14, 15, 16, 17, 18].map((i) => turn(i))
    const mixed = keepNewest({ ...startConversation(START), turns }, 0)
    expect(mixed.floor).toBe(turn(30).id)
    expect(addTurn(mixed, turn(30))).toEqual({ kind: 'expired' })
    expect(addTurn(mixed, turn(29))).toEqual({ kind: 'expired' })
    expect(addTurn(mixed, turn(31)).kind).toBe('added')
  })

  it('names a turn by a greater id than what is forgotten, whatever the clocks of other machines said', () => {
    const ahead = newTurnId(1_900_000_000_000, '')
    const id = newTurnId(1_800_000_000_000, ahead)
    expect(id > ahead).toBe(true)
    expect(addTurn({ ...state, floor: ahead }, { ...turn(1), id }).kind).toBe('added')
    expect(newTurnId(1_800_000_000_000, 'z'.repeat(13))).toMatch(/^z{9}[0-9a-z]{4}$/)
  })

  it('names later turns by greater ids', () => {
    const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((ms) =>
      newTurnId(ms, ''),
    )
    expect(ids).toEqual([...ids].sort())
    expect(ids.every((id) => /^[0-9a-z]{13}$/.test(id))).toBe(true)
  })
})

describe('createReceipts', () => {
  const receipts = createReceipts(tokens)
  const receipt = { conversationId: 'a'.repeat(32), turn: turn(1), replaces: '' }

  it('opens what it issued, the longest turn too', async () => {
    expect(await receipts.open(await receipts.issue(receipt))).toEqual(receipt)
    const long = {
      ...receipt,
      turn: { ...turn(1), user: noise(32_000, 1), assistant: noise(64_000, 2) },
    }
    expect(await receipts.open(await receipts.issue(long))).toEqual(long)
  })

  it('takes no cookie for a receipt, and no receipt for a cookie', async () => {
    const { line } = await cookies.save(withTurns([turn(1)]), 'plain')
    expect(await receipts.open(toHeader(line).slice('chat_dev='.length))).toBeNull()
    expect(await cookies.load(`chat_dev=${await receipts.issue(receipt)}`, 'plain')).toBeNull()
  })

  it('refuses what is not its own', async () => {
    const token = await receipts.issue(receipt)
    for (const other of ['', 'x', token.slice(1), `${token}x`, token.replace('.', '.A')]) {
      expect(await receipts.open(other)).toBeNull()
    }
    const foreign = createReceipts(createTokens(['another secret of the tests, long enough']))
    expect(await foreign.open(token)).toBeNull()
  })
})
