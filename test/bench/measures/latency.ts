/** How old a token is when it comes: from the model itself, through a bare proxy and the app. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '../client.ts'
import { CLOCKS } from '../model.ts'
import { type Runtime, startProgram } from '../programs.ts'
import { quantile } from '../statistics.ts'
import type { Run } from './run.ts'

/** All in milliseconds. */
export interface Latency {
  readonly runtime: Runtime
  readonly through: 'bare' | 'app'
  /** How many tokens were read this way. */
  readonly tokens: number
  readonly directP50: number
  readonly directP99: number
  readonly p50: number
  readonly p99: number
  /** Through it, less directly. */
  readonly addedP50: number
  readonly addedP99: number
}

const EVERY_MS = 20
const ROUNDS = 2
/** So many visitors at once, whose tokens do not come at the same moments. */
const STREAMS = 4

interface Way {
  readonly name: 'direct' | 'bare' | 'app'
  readonly client: Client
  readonly path: string
  readonly body: object
  readonly ages: number[]
}

export async function measureLatency({ runtimes, model, say }: Run): Promise<Latency[]> {
  const latencies: Latency[] = []
  for (const runtime of runtimes) {
    say(`${runtime}: ${STREAMS * ROUNDS} streams of ${CLOCKS} tokens, ${EVERY_MS} ms apart`)
    latencies.push(...(await measureOn(runtime, `${model.url}/clock/${EVERY_MS}/v1`)))
  }
  return latencies
}

async function measureOn(runtime: Runtime, modelUrl: string): Promise<Latency[]> {
  const bare = await startProgram('bare', runtime, modelUrl)
  const app = await startProgram('app', runtime, modelUrl)
  const direct: Way = {
    ...{ name: 'direct', client: createClient(modelUrl), path: '/chat/completions' },
    ...{ body: { stream: true }, ages: [] },
  }
  const ways = [
    direct,
    wayOf('bare', bare.url, { message: 'Go', stream: true }),
    wayOf('app', app.url, { message: 'Go', html: true }),
  ]
  // What runs for the first time is compiled first.
  await Promise.all(ways.map((way) => agesOf(way)))
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) way.ages.push(...(await agesOfAll(way)))
  }
  for (const { client } of ways) client.close()
  await Promise.all([bare.close(), app.close()])
  return ways.flatMap((way) =>
    way.name === 'direct' ? [] : [toLatency(runtime, way.name, way, direct)],
  )
}

function wayOf(name: 'bare' | 'app', url: string, body: object): Way {
  return { name, client: createClient(url), path: '/chat', body, ages: [] }
}

async function agesOfAll(way: Way): Promise<number[]> {
  const all = Array.from({ length: STREAMS }, async (_, i) => {
    await sleep((i * EVERY_MS) / STREAMS)
    return agesOf(way)
  })
  return (await Promise.all(all)).flat()
}

/** The age of each token of one stream when it came. */
async function agesOf({ client, path, body }: Way): Promise<number[]> {
  const response = await client.open(path, { body, accept: 'text/event-stream' })
  response.setEncoding('utf8')
  const ages: number[] = []
  let text = ''
  let newest = 0
  for await (const chunk of response) {
    const now = performance.timeOrigin + performance.now()
    text += chunk
    for (const [, digits] of text.matchAll(/(\d{13}\.\d{3})\D/g)) {
      const writtenAt = Number(digits)
      // What was rendered stands in it again.
      if (writtenAt <= newest) continue
      newest = writtenAt
      ages.push(now - writtenAt)
    }
    // A number may go on in the next chunk.
    text = text.slice(text.lastIndexOf('\n') + 1)
  }
  if (ages.length !== CLOCKS) throw new Error(`Came ${ages.length} tokens of ${CLOCKS}`)
  return ages
}

function toLatency(runtime: Runtime, through: 'bare' | 'app', way: Way, direct: Way): Latency {
  const [directP50, directP99] = [quantile(direct.ages, 0.5), quantile(direct.ages, 0.99)]
  const [p50, p99] = [quantile(way.ages, 0.5), quantile(way.ages, 0.99)]
  const added = { addedP50: p50 - directP50, addedP99: p99 - directP99 }
  return { runtime, through, tokens: way.ages.length, directP50, directP99, p50, p99, ...added }
}
