/** What streams hold that are open and in which nothing is said: memory of the serving process. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient, repeat } from '../client.ts'
import { memoryKb } from '../processes.ts'
import { type Runtime, startProgram } from '../programs.ts'
import type { Run } from './run.ts'

export interface Memory {
  readonly runtime: Runtime
  readonly program: 'app' | 'bare'
  /** How many are open. */
  readonly streams: number
  /** Of the whole process. */
  readonly kilobytes: number
  /** Of what is more than without streams; null where there are none. */
  readonly kilobytesPerStream: number | null
}

const COUNTS = [500, 2000]
const AT_ONCE = 50
/** Opened and left before, so that what any stream needs is there. */
const WARMING = 100
const SETTLE_MS = 3000
/** In seconds they would all fail. */
const TIMEOUT_MS = '600000'

export async function measureMemory({ runtimes, model, say }: Run): Promise<Memory[]> {
  const all: Memory[] = []
  for (const runtime of runtimes) {
    for (const program of ['app', 'bare'] as const) {
      say(`${runtime}, ${program}: ${COUNTS.join(' and ')} idle streams`)
      const running = await startProgram(program, runtime, `${model.url}/idle/v1`, { TIMEOUT_MS })
      const kilobytes = await fill(running.url, program === 'app', () => memoryKb(running.pid))
      await running.close()
      const [before = Number.NaN] = kilobytes
      all.push(
        ...[0, ...COUNTS].map((streams, i) => {
          const now = kilobytes[i] ?? Number.NaN
          const kilobytesPerStream = streams === 0 ? null : (now - before) / streams
          return { runtime, program, streams, kilobytes: now, kilobytesPerStream }
        }),
      )
    }
  }
  return all
}

/** Opens more and more streams, and looks before and after. */
async function fill(url: string, isApp: boolean, look: () => number): Promise<number[]> {
  const warming = createClient(url)
  await repeat(WARMING, AT_ONCE, () => openStream(warming, isApp))
  warming.close()
  await sleep(SETTLE_MS)
  const client = createClient(url)
  const found = [look()]
  let open = 0
  for (const count of COUNTS) {
    await repeat(count - open, AT_ONCE, () => openStream(client, isApp))
    open = count
    await sleep(SETTLE_MS)
    found.push(look())
  }
  client.close()
  return found
}

/** Opens one, reads its first token, and goes on reading. */
async function openStream(client: Client, isApp: boolean): Promise<void> {
  const body = isApp ? { message: 'Hi', html: true } : { message: 'Hi', stream: true }
  const response = await client.open('/chat', { body, accept: 'text/event-stream' })
  if (response.statusCode !== 200) throw new Error(`/chat answered ${response.statusCode}`)
  response.setEncoding('utf8')
  await new Promise<void>((resolve, reject) => {
    response.on('data', (text: string) => text.includes('Hm') && resolve())
    // Every stream ends with the client.
    response.on('error', reject)
  })
}
