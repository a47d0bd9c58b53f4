import { describe, expect, it } from 'vitest'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { createParts } from '../../src/parts.ts'
import { parseSettings } from '../../src/settings/settings.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Store, WritesFailError } from '../../src/store/store.ts'
import { SECRET } from '../support/chat-app.ts'
import { createFaultyStore } from '../support/faulty-store.ts'

const TURN: SavedTurn = {
  id: 'mjd2k0f000001',
  user: 'a question',
  assistant: 'an answer',
  stopped: false,
}

function createSubject(
  secret = SECRET,
  memory = createMemoryStore({ now: Date.now, maxChars: 1e6 }),
) {
  const parsed = parseSettings({ SESSION_SECRET: secret })
  if (!parsed.ok) throw new Error('The settings of this test are not valid')
  const engine = createFaultyStore(memory)
  const written: string[] = []
  const spied: Store = {
    ...engine,
    put(conversation, key, value, ttlSeconds) {
      written.push(value)
      return engine.put(conversation, key, value, ttlSeconds)
    },
  }
  const parts = createParts(parsed.value, { engine: spied, log: () => {} })
  return { ...parts, engine, memory, written, empty: parts.sessions.cookies.start() }
}

describe('the layers before an engine', () => {
  it('give it signed text, which only the same secret opens', async () => {
    const { archive, empty, memory, written } = createSubject()
    const { segments } = await archive.add(empty, [TURN], 1000)
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^1\.[\w-]+\.[\w-]+$/)
    const read = (secret: string) =>
      createSubject(secret, memory).archive.read({ ...empty, segments }, 0, 1)
    expect(await read(SECRET)).toMatchObject({ turns: [TURN] })
    expect(await read(`another ${SECRET}`)).toMatchObject({ turns: [], unreadable: 1 })
  })

  it('answer from memory what was lately written', async () => {
    const { archive, empty, engine } = createSubject()
    const { segments } = await archive.add(empty, [TURN], 1000)
    expect((await archive.read({ ...empty, segments }, 0, 1)).turns).toEqual([TURN])
    expect(engine.calls).toMatchObject({ put: 1, get: 0 })
  })

  it('try a write twice, and let a check tell that it failed', async () => {
    const { archive, empty, engine, store } = createSubject()
    engine.rejections.put = 1
    expect((await archive.add(empty, [TURN], 1000)).count).toBe(1)
    engine.rejections.put = Number.POSITIVE_INFINITY
    expect((await archive.add(empty, [{ ...TURN, user: 'another' }], 1000)).count).toBe(0)
    await expect(store?.check()).rejects.toThrow(WritesFailError)
  })
})

describe('createParts', () => {
  it('builds an archive without a store where there is no engine', async () => {
    const parsed = parseSettings({ SESSION_SECRET: SECRET })
    if (!parsed.ok) throw new Error('The settings of this test are not valid')
    const parts = createParts(parsed.value, { engine: null, log: () => {} })
    const { archive, store, sessions, shares } = parts
    expect(store).toBeNull()
    expect((await archive.add(sessions.cookies.start(), [TURN], 1000)).count).toBe(0)
    expect([sessions.parking.isPossible, shares.isPossible]).toEqual([false, false])
  })
})
