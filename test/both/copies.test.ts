import { describe, expect, it } from 'vitest'
import type { Archive } from '../../src/conversation/archive/archive.ts'
import type { Passage } from '../../src/conversation/archive/stretch.ts'
import { startConversation } from '../../src/conversation/conversation.ts'
import { copyBefore, createShares } from '../../src/conversation/copy.ts'
import type { SavedTurn } from '../../src/conversation/turn.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createFaultyStore } from '../support/faulty-store.ts'

const START = 1_800_000_000
const MAX_COPY_CHARS = 250_000

function turn(n: number, chars = 2): SavedTurn {
  const id = `mjd2k0f00${String(n).padStart(4, '0')}`
  return { id, user: `q${n}`, assistant: 'a'.repeat(chars), stopped: false }
}

/** An archive that reads these passages, whatever the conversation. */
function archiveOf(...passages: Passage[]): Archive {
  const unused = () => Promise.reject(new Error('A copy only reads'))
  const archive: Archive = {
    add: unused,
    read: unused,
    reopen: unused,
    deleteAll: unused,
    async *readAll() {
      yield* passages
    },
    observed: () => archive,
  }
  return archive
}

const conversation = { ...startConversation(START), forgotten: 6 }
const read = (...turns: SavedTurn[]) => ({ kind: 'turns', turns }) as const
const unreadable = (count: number) => ({ kind: 'unreadable', count }) as const

describe('the turns before one of them', () => {
  it('are those, and none of the later ones', async () => {
    const archive = archiveOf(read(turn(1), turn(2)), read(turn(3)))
    expect(await copyBefore(archive, conversation, turn(3).id)).toEqual({
      kind: 'copied',
      copied: { turns: [turn(1), turn(2)], leftOut: 6 },
    })
    expect(await copyBefore(archive, conversation, turn(1).id)).toMatchObject({
      copied: { turns: [] },
    })
    expect(await copyBefore(archive, conversation, turn(4).id)).toEqual({ kind: 'absent' })
  })

  it('are not copied in part: what cannot be read before it counts, and not what is after it', async () => {
    const archive = archiveOf(unreadable(7), read(turn(8), turn(9)))
    const copying = await copyBefore(archive, conversation, turn(9).id)
    expect(copying.kind).toBe('unreadable')
    const later = archiveOf(read(turn(8), turn(9)), unreadable(2))
    expect(await copyBefore(later, conversation, turn(9).id)).toMatchObject({
      copied: { turns: [turn(8)] },
    })
  })

  it('are the newest that a copy may hold, and the others are counted', async () => {
    const turns = Array.from({ length: 30 }, (_, n) => turn(n, 20_000))
    const fork = await copyBefore(archiveOf(read(...turns)), conversation, turn(29).id)
    if (fork.kind !== 'copied') throw new Error('There is no copy')
    const { copied } = fork
    const chars = copied.turns.reduce((sum, one) => sum + one.assistant.length, 0)
    expect(chars).toBeLessThanOrEqual(MAX_COPY_CHARS)
    expect(chars).toBeGreaterThan(MAX_COPY_CHARS - 25_000)
    expect(copied.turns.at(-1)?.id).toBe(turn(28).id)
    expect(copied.leftOut).toBe(6 + 2 * (29 - copied.turns.length))
  })

  it('have one at least, however long that is', async () => {
    const archive = archiveOf(read(turn(1), turn(2, MAX_COPY_CHARS + 1), turn(3)))
    expect(await copyBefore(archive, conversation, turn(3).id)).toMatchObject({
      copied: { turns: [{ id: turn(2).id }], leftOut: 8 },
    })
  })
})

describe('a shared copy', () => {
  function open() {
    let nowMs = START * 1000
    const store = createFaultyStore(createMemoryStore({ now: () => nowMs, maxChars: 1e9 }))
    const common = { store, log: () => {}, maxAgeSeconds: 100 }
    const shares = createShares({ ...common, now: () => nowMs })
    const wait = (seconds: number): void => {
      nowMs += seconds * 1000
    }
    const publish = () =>
      shares.publish(archiveOf(read(turn(1))), { ...conversation, name: 'Mine', turns: [turn(1)] })
    return { shares, store, wait, publish }
  }
  async function published() {
    const scene = open()
    const result = await scene.publish()
    if (result.kind !== 'shared') throw new Error('It was not shared')
    return { ...scene, key: result.key }
  }

  it('has title, turns and end, and ends then', async () => {
    const { shares, key, wait } = await published()
    const said = { title: 'Mine', turns: [turn(1)], leftOut: 6 }
    const copy = { ...said, sharedAt: START, endsAt: START + 100 }
    expect(await shares.read(key)).toEqual({ kind: 'read', copy })
    wait(101)
    expect(await shares.read(key)).toEqual({ kind: 'absent' })
  })

  it('is absent under any other key, and once it was ended', async () => {
    const { shares, key } = await published()
    expect(await shares.read('0'.repeat(32))).toEqual({ kind: 'absent' })
    expect(await shares.end(key)).toBe(true)
    expect(await shares.read(key)).toEqual({ kind: 'absent' })
  })

  it('is not said to be there, absent or ended by a store that is away', async () => {
    const { shares, store, key, publish } = await published()
    for (const call of ['get', 'put', 'deleteAll'] as const) store.rejections[call] = 1
    expect(await publish()).toEqual({ kind: 'failed' })
    expect(await shares.read(key)).toEqual({ kind: 'unreadable' })
    expect(await shares.end(key)).toBe(false)
    expect((await shares.read(key)).kind).toBe('read')
  })

  it('cannot be where there is no store', async () => {
    const shares = createShares({ store: null, log: () => {}, maxAgeSeconds: 1, now: () => 0 })
    expect(shares.isPossible).toBe(false)
    expect(await shares.publish(archiveOf(), conversation)).toEqual({ kind: 'failed' })
    expect(await shares.read('0'.repeat(32))).toEqual({ kind: 'absent' })
  })
})
