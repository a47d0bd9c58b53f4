import { describe, expect, it } from 'vitest'
import { createCheckpointSchedule } from '../../src/conversation/checkpoint.ts'
import { createReceipts } from '../../src/conversation/receipt.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { prose } from '../support/prose.ts'

const receipts = createReceipts(createTokens(['a secret of the tests, long enough to sign with']))

/** Lets a reply grow by pieces and gives back how long it was at each receipt, and how long the receipts were. */
async function run(reply: string, pieceChars: number, everyMs: number, user = 'Hi') {
  const schedule = createCheckpointSchedule()
  const at: number[] = []
  const sizes: number[] = []
  let nowMs = 1_800_000_000_000
  for (let chars = pieceChars; chars <= reply.length; chars += pieceChars) {
    schedule.grow(chars, nowMs)
    const end = nowMs + everyMs
    // Between two pieces the schedule itself says when it is due, as a reader of it would wait.
    for (let due = schedule.dueInMs(nowMs); nowMs + due < end; due = schedule.dueInMs(nowMs)) {
      nowMs += due
      const turn = { id: 'mjd2k0f000001', user, assistant: reply.slice(0, chars), stopped: true }
      const receipt = await receipts.issue({ conversationId: 'a'.repeat(32), turn, replaces: '' })
      schedule.sent(receipt.length)
      at.push(chars)
      sizes.push(receipt.length)
    }
    nowMs = end
  }
  return { at, sizes }
}

const noise = Array.from({ length: 400 }, (_, i) =>
  (Math.imul(i + 1, 2_654_435_761) >>> 0).toString(36),
)
const REPLIES: Readonly<Record<string, string>> = {
  prose: prose(1, 3000),
  'words that do not pack': noise.join(' '),
  'the same again and again': 'ha '.repeat(1000),
  Japanese: Array.from({ length: 1500 }, (_, i) =>
    String.fromCharCode(0x3041 + ((i * i * 7) % 83)),
  ).join(''),
  'prose and then noise': `${'so '.repeat(300)}${noise.join(' ')}`,
}

describe('createCheckpointSchedule', () => {
  it.each(
    Object.entries(REPLIES).flatMap(([name, reply]) =>
      [5, 40].flatMap((everyMs) => [3, 20].map((chars) => [name, chars, everyMs, reply] as const)),
    ),
  )(
    'keeps most of %s, %i characters every %i ms, for less than four times its length',
    async (_name, chars, everyMs, reply) => {
      const { at, sizes } = await run(reply, chars, everyMs)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      expect(total - (sizes[0] ?? 0)).toBeLessThan(4 * reply.length)
      expect(at.length).toBeGreaterThan(3)
      expect(at.at(-1)).toBeGreaterThan(reply.length / 2)
    },
  )

  it('comes soon after the first word, and when the words cease', async () => {
    expect((await run('Hello there', 11, 99)).at).toEqual([])
    expect((await run('Hello there', 11, 150)).at).toEqual([11])
    const { at } = await run(prose(2, 1200), 400, 1000)
    expect(at).toEqual([400, 800, 1200])
  })

  it('sends few for a long question, which is in each of them', async () => {
    const { sizes } = await run(prose(3, 2000), 20, 20, noise.join(' '))
    expect(sizes.length).toBeLessThan(4)
  })
})
