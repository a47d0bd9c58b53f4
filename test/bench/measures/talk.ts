/** A long conversation as people have it, and what its turns cost. */

import { setTimeout as sleep } from 'node:timers/promises'
import { prose } from '../../support/prose.ts'
import type { Visitor } from '../../support/visitor.ts'
import { cpuMs, type Running } from '../processes.ts'
import { mean, median } from '../statistics.ts'

/** Every so many turns, one is huge, and one is code. */
const HUGE_EVERY = 97
const CODE_EVERY = 7
/** A turn is logged after its answer. */
const LOG_LIMIT_MS = 5000

export interface Turn {
  readonly visitor: Visitor
  /** Which message it is. */
  readonly i: number
}

/** All for one turn. */
export interface TurnFigures {
  /** Of the serving process. */
  readonly cpuMs: number
  /** Until the whole answer is there, at the median. */
  readonly wallMs: number
  /** Reads, writes and deletions in the store. */
  readonly storeOperations: number
}

export interface Talk {
  say(turn: Turn): Promise<number>
  /** Says them one after the other. */
  measure(turns: readonly Turn[]): Promise<TurnFigures>
  longestCookieBytes(): number
}

/** @param app nobody else may talk to it */
export function createTalk(app: Running): Talk {
  const operations: number[] = []
  let said = 0
  let longestCookieBytes = 0
  app.onLine((line) => {
    const count = /"event":"turn".*"storeOperations":(\d+)/.exec(line)?.[1]
    if (count) operations.push(Number(count))
  })

  async function say({ visitor, i }: Turn): Promise<number> {
    const startedAt = performance.now()
    await visitor.say(messageOf(i))
    said += 1
    longestCookieBytes = Math.max(longestCookieBytes, visitor.cookie().length)
    return performance.now() - startedAt
  }

  async function allAreLogged(): Promise<void> {
    const giveUpAt = performance.now() + LOG_LIMIT_MS
    while (operations.length < said) {
      if (performance.now() > giveUpAt) {
        throw new Error(`The app has logged ${operations.length} turns of ${said}`)
      }
      await sleep(5)
    }
  }

  async function measure(turns: readonly Turn[]): Promise<TurnFigures> {
    await allAreLogged()
    const first = operations.length
    const before = cpuMs(app.pid)
    const times: number[] = []
    for (const turn of turns) times.push(await say(turn))
    await allAreLogged()
    return {
      cpuMs: (cpuMs(app.pid) - before) / turns.length,
      wallMs: median(times),
      storeOperations: mean(operations.slice(first)),
    }
  }

  return { say, measure, longestCookieBytes: () => longestCookieBytes }
}

function messageOf(i: number): string {
  if (i % HUGE_EVERY === HUGE_EVERY - 1) return `Paste ${i}: ${prose(i, 20_000)}`
  if (i % CODE_EVERY !== CODE_EVERY - 1) return `Question ${i}? ${prose(i, 350)}`
  const lines = Array.from(
    { length: 25 },
    (_, n) => `  const ${prose(i + n, 9).split(' ')[0]}${n} = await load(${i}, '${n}')`,
  )
  return `Why does this fail?\n\`\`\`ts\n${lines.join('\n')}\n\`\`\``
}
