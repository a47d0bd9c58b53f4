/** One conversation served by two Node processes that share one Redis, behind a proxy that asks them in turn. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Listening } from '../support/listen.ts'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { createRedisServer, type RedisServer } from '../support/redis-server.ts'
import { startRoundRobin } from '../support/round-robin.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const server = inject('modelServer')
/** The client looks for Redis up to every three seconds. */
const BACK_MS = { timeout: 30_000, interval: 200 }

const messageOf = (i: number) =>
  `Question ${i}? ${prose(i, 500)} [say:Answer ${i}. ${prose(i + 900, 600)}]`
const answerOf = (i: number) => `Answer ${i}. ${prose(i + 900, 600)}`
const entriesOf = (numbers: readonly number[]) =>
  numbers.flatMap((i) => [messageOf(i), answerOf(i)])
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

async function commit(visitor: Visitor, response: Response): Promise<void> {
  const { events } = await readEvents(response)
  const receipt = events.at(-1)?.data['receipt']
  expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
}

/** Every other turn is streamed, so that each process streams some and answers some in one piece. */
async function chat(visitor: Visitor, numbers: readonly number[]): Promise<void> {
  for (const i of numbers) {
    const message = messageOf(i)
    if (i % 3 === 0) await commit(visitor, await visitor.stream({ message }))
    else expect(await visitor.say(message)).toBe(answerOf(i))
  }
}

async function contents(visitor: Visitor): Promise<readonly string[]> {
  const { turns } = await visitor.history()
  return turns.map(({ content }) => content)
}

describe('two processes with one Redis', { timeout: 90_000 }, () => {
  let folder: string
  let redis: RedisServer
  let apps: readonly StartedApp[]
  let proxy: Listening

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aplly-redis-'))
    redis = await createRedisServer(
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
    )
    await redis.start()
    const settings = { HF_MODEL_URL: `${server}/v1`, REDIS_URL: redis.url, DATABASE_PATH: 'off' }
    apps = await Promise.all([startOnNode(settings), startOnNode(settings)])
    proxy = await startRoundRobin(apps.map(({ url }) => url))
  })
  afterEach(async () => {
    await proxy.close()
    await Promise.all(apps.map((app) => app.close()))
    await redis.stop()
    await rm(folder, { recursive: true })
  })

  it('serve one conversation, and lose nothing but the turn in flight when one is killed', async () => {
    const visitor = createVisitor(proxy.url)
    await chat(visitor, upTo(42))
    expect(await contents(visitor)).toEqual(entriesOf(upTo(42)))
    for (const { logs } of apps) {
      expect(logs().match(/"path":"\/chat"/g)?.length, logs().slice(-300)).toBeGreaterThan(10)
    }

    const slow = ['left', 'right'].map((side) => `${side} [count:60] [every:20]`)
    const streams = await Promise.all(slow.map((message) => visitor.stream({ message })))
    const killed = apps[1]?.crash()
    const ends = await Promise.allSettled(streams.map((stream) => commit(visitor, stream)))
    await killed
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])

    await chat(visitor, [42, 43, 44, 45, 46, 47, 48, 49])
    const kept = await contents(visitor)
    expect(kept.slice(0, 84)).toEqual(entriesOf(upTo(42)))
    expect(slow).toContain(kept[84])
    expect(kept.slice(86)).toEqual(entriesOf([42, 43, 44, 45, 46, 47, 48, 49]))
  })

  it('chat on while Redis is away, forget nothing that it holds, and read it all when it is back', async () => {
    const visitor = createVisitor(proxy.url)
    await chat(visitor, upTo(30))
    await redis.stop()
    const { turns, forgotten, unreadable = 0 } = await visitor.history()
    expect([turns.length / 2 + unreadable, forgotten]).toEqual([30, 0])

    await chat(visitor, [30, 31])
    const away = await visitor.history()
    const gone = away.forgotten / 2
    expect(away.turns.length / 2 + (away.unreadable ?? 0) + gone).toBe(32)
    expect((await visitor.get('/')).status).toBe(200)
    expect((await visitor.get('/?before=10')).status).toBe(200)

    await redis.start()
    // Each process finds Redis by itself: one that has not yet forgets once more.
    for (const { url } of apps) {
      const isReady = async () => (await fetch(`${url}/readyz`)).status
      await expect.poll(isReady, BACK_MS).toBe(200)
    }
    expect((await visitor.history()).unreadable).toBeUndefined()
    await chat(visitor, [32, 33, 34, 35, 36, 37])
    expect((await visitor.history()).forgotten / 2).toBe(gone)
    const all = await contents(visitor)
    expect(all.length / 2 + gone).toBe(38)
    const newest = all.slice(all.indexOf(messageOf(32)))
    expect(newest).toEqual(entriesOf([32, 33, 34, 35, 36, 37]))
    // What was in Redis before comes first; only what had to leave the cookie meanwhile is missing.
    expect(all.slice(0, 40)).toEqual(entriesOf(upTo(20)))
  })

  it('wait little for a Redis that hangs, and forget nothing that it holds', async () => {
    const visitor = createVisitor(proxy.url)
    await chat(visitor, upTo(30))
    redis.freeze()
    try {
      const started = performance.now()
      const { turns, forgotten, unreadable = 0 } = await visitor.history()
      expect(performance.now() - started).toBeLessThan(6000)
      expect([turns.length / 2 + unreadable, forgotten]).toEqual([30, 0])
    } finally {
      redis.thaw()
    }
    await expect.poll(() => contents(visitor), BACK_MS).toEqual(entriesOf(upTo(30)))
  })
})
