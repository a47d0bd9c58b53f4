import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startConversation } from '../../src/conversation/conversation.ts'
import { isShortened } from '../../src/conversation/title.ts'
import {
  type ConversationIndex,
  emptyIndex,
  type IndexEntry,
  newestFirst,
  withConversation,
  withoutEntry,
} from '../../src/session/conversation-index.ts'
import { createIndexCookies, MAX_INDEX_LINE_BYTES } from '../../src/session/index-cookie.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { prose } from '../support/prose.ts'

const VISITOR = '0123456789abcdef'.repeat(2)
const START = 1_800_000_000
const tokens = createTokens(['a secret of the tests long enough to sign with'])
const cookies = createIndexCookies({ tokens, maxAgeSeconds: 1000, now: () => START * 1000 })
const idOf = (n: number): string => String(n).padStart(16, 'x')
const idsOf = ({ entries }: ConversationIndex): string[] => entries.map(({ id }) => id)
const chance = (): string => crypto.randomUUID().replaceAll('-', '').slice(0, 16)

/** A conversation with one turn. */
function asked(user: string, startedAt = START) {
  const turn = { id: 'mjd2k0f000001', user, assistant: 'a', stopped: false }
  return { ...startConversation(startedAt), turns: [turn] }
}

/** An index of so many conversations, the last one used most recently. */
function indexOf(count: number): ConversationIndex {
  return Array.from({ length: count }).reduce<ConversationIndex>(
    (index, _, n) => withConversation(index, idOf(n), asked(`Question ${n}`, START + n)),
    emptyIndex(VISITOR),
  )
}

async function reload(index: ConversationIndex): Promise<ConversationIndex | null> {
  const line = await cookies.line(index, 'secure')
  expect(line.length).toBeLessThanOrEqual(MAX_INDEX_LINE_BYTES)
  return cookies.load(line.split(';')[0] ?? '', 'secure')
}

describe('the index of conversations', () => {
  it('has the one used last first, and lists the one begun last first', () => {
    const index = indexOf(6)
    expect(idsOf(index)).toEqual([5, 4, 3, 2, 1, 0].map(idOf))
    const used = withConversation(index, idOf(0), asked('Question 0', START))
    expect(idsOf(used)).toEqual([0, 5, 4, 3, 2, 1].map(idOf))
    expect(newestFirst(used.entries)).toEqual(index.entries)
  })

  it('stays the same value for a conversation among those used lately', () => {
    const index = indexOf(6)
    expect(withConversation(index, idOf(4), asked('Question 4', START + 4))).toBe(index)
    expect(withoutEntry(index, idOf(99))).toBe(index)
  })

  it('changes with the name and with the copy that anyone may read', () => {
    const conversation = asked('Question 5', START + 5)
    const named = withConversation(indexOf(6), idOf(5), { ...conversation, name: 'Mine' })
    expect(named.entries[0]).toEqual({ id: idOf(5), title: 'Mine', startedAt: START + 5 })
    const shared = withConversation(named, idOf(5), { ...conversation, shared: 'k', name: 'Mine' })
    expect(shared.entries[0]?.shared).toBe('k')
    expect(withConversation(shared, idOf(5), conversation).entries[0]).not.toHaveProperty('shared')
  })

  it('gets back a conversation that an overtaking answer took out', () => {
    const before = indexOf(3)
    const [one, two] = [3, 4].map((n) => withConversation(before, idOf(n), asked(`Question ${n}`)))
    expect(idsOf(two ?? before)).not.toContain(idOf(3))
    const mended = withConversation(two ?? before, idOf(3), asked('Question 3'))
    expect(new Set(idsOf(mended))).toEqual(new Set([...idsOf(one ?? before), idOf(4)]))
  })

  it('has no entry of a conversation in which nothing was said', () => {
    const index = withConversation(indexOf(3), idOf(1), startConversation(START))
    expect(idsOf(index)).toEqual([2, 0].map(idOf))
  })
})

describe('the cookie of the index', () => {
  it('gives back what it was given while there is room', async () => {
    expect(await reload(indexOf(5))).toEqual(indexOf(5))
    expect(await reload(emptyIndex(VISITOR))).toEqual(emptyIndex(VISITOR))
  })

  it('keeps forty conversations whose titles do not compress, each title as long as may be', async () => {
    const entries = Array.from({ length: 40 }, (_, n) => ({
      id: chance(),
      startedAt: START + n * 12_345,
      title: prose(n, 60),
    }))
    const loaded = await reload({ visitor: VISITOR, entries })
    expect(loaded?.entries.map(({ id }) => id)).toEqual(entries.map(({ id }) => id))
    for (const [i, { title }] of (loaded?.entries ?? []).entries()) {
      expect(title.length).toBeGreaterThan(0)
      expect(isShortened(title, entries[i]?.title ?? '')).toBe(true)
    }
  })

  it('loses only those not used for the longest when there are very many', async () => {
    const entries = Array.from({ length: 300 }, (_, n) => ({
      id: chance(),
      startedAt: START + n,
      title: prose(n, 60),
    }))
    const loaded = await reload({ visitor: VISITOR, entries })
    const kept = loaded?.entries.map(({ id }) => id) ?? []
    expect(kept.length).toBeGreaterThan(50)
    expect(kept).toEqual(entries.slice(0, kept.length).map(({ id }) => id))
  })

  it('keeps order, ids, times and copies of any list, and fits', async () => {
    const entry: fc.Arbitrary<IndexEntry> = fc
      .record({
        title: fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed()),
        startedAt: fc.integer({ min: START, max: 2 * START }),
        shared: fc.option(fc.constant('ffffff'), { nil: undefined }),
      })
      .map(({ shared, ...rest }) => ({ id: chance(), ...rest, ...(shared && { shared }) }))
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
        const loaded = await reload({ visitor: VISITOR, entries })
        const bare = ({ title: _, ...rest }: IndexEntry) => rest
        expect(loaded?.entries.map(bare)).toEqual(entries.map(bare))
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['another version', [2, VISITOR, []]],
    ['a visitor who is no id', [1, 'me', []]],
    ['an id that is none', [1, VISITOR, [['../x', START, 'T']]]],
    ['a title that is a number', [1, VISITOR, [[idOf(1), START, 1]]]],
    ['no time', [1, VISITOR, [[idOf(1), null, 'T']]]],
    ['no list', [1, VISITOR, 'x']],
  ])('is none of ours with %s', async (_name, payload) => {
    const sign = (value: unknown) => tokens.seal('index', '__Host-chats', JSON.stringify(value))
    const header = async (value: unknown) => `__Host-chats=${await sign(value)}`
    expect(await cookies.load(await header([1, VISITOR, []]), 'secure')).not.toBeNull()
    expect(await cookies.load(await header(payload), 'secure')).toBeNull()
  })

  it('is not read under another name or without its signature', async () => {
    const pair = (await cookies.line(indexOf(2), 'secure')).split(';')[0] ?? ''
    expect(await cookies.load(pair, 'secure')).not.toBeNull()
    const renamed = pair.replace('__Host-chats', 'chats_dev')
    expect(await cookies.load(renamed, 'plain')).toBeNull()
    expect(await cookies.load(pair.slice(0, -4), 'secure')).toBeNull()
  })
})
