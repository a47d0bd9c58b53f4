/**
 * What a turn costs late in a conversation of realistic text, some of it code and some of it huge,
 * with a visitor whose browser drops cookies that are too long. Each late turn stands beside one
 * with the same message in a young conversation, in turns, so that both find the machine alike.
 */

import { createVisitor, type Visitor } from '../../support/visitor.ts'
import type { Running } from '../processes.ts'
import { type Runtime, startProgram } from '../programs.ts'
import { mean, median } from '../statistics.ts'
import type { Run } from './run.ts'
import { createTalk, type Talk, type Turn, type TurnFigures } from './talk.ts'

export interface LengthPoint {
  readonly runtime: Runtime
  /** How many turns the conversation has before. */
  readonly turn: number
  readonly late: TurnFigures
  /** The same in conversations that have 5 to 14 turns. */
  readonly young: TurnFigures
  /** Until the whole answer is there, in milliseconds. */
  readonly pageMs: number
  readonly historyMs: number
}

/** What the app has of the long conversation in the end. */
export interface Kept {
  readonly runtime: Runtime
  readonly turnsSaid: number
  readonly turnsInHistory: number
  readonly messagesForgotten: number
  readonly turnsUnreadable: number
  readonly longestCookieBytes: number
}

export interface Lengths {
  readonly points: readonly LengthPoint[]
  readonly kept: readonly Kept[]
  /** What was not measured, and why. */
  readonly leftOut: readonly string[]
}

const POINTS: Readonly<Record<Runtime, readonly number[]>> = {
  node: [5, 50, 500, 5000],
  workerd: [5, 50, 500],
}
const YOUNG = 5
/** A young conversation is left after so many turns. */
const YOUNG_TURNS = 10
/** At each point so many blocks of turns are measured, late and young in turns. */
const BLOCKS = 5
const BLOCK_TURNS = 2 * YOUNG_TURNS
const WARMING = 600

export async function measureLength({ runtimes, model, say }: Run): Promise<Lengths> {
  const points: LengthPoint[] = []
  const kept: Kept[] = []
  for (const runtime of runtimes) {
    const app = await startProgram('app', runtime, `${model.url}/prose/v1`)
    const talk = createTalk(app)
    for (let i = 0; i < WARMING; i++) await talk.say({ visitor: createVisitor(app.url), i })
    const visitor = createVisitor(app.url)
    let turn = 0
    for (const point of POINTS[runtime]) {
      say(`${runtime}: to turn ${point} of a conversation`)
      for (; turn < point; turn++) await talk.say({ visitor, i: turn })
      points.push({ runtime, turn: point, ...(await measurePoint(app, talk, visitor, point)) })
      if (point !== YOUNG) turn += BLOCKS * BLOCK_TURNS
    }
    kept.push({ runtime, ...(await whatIsKept(visitor, turn, talk)) })
    await app.close()
  }
  const tooLong = 'workerd at turn 5000: the way there takes too long'
  return { points, kept, leftOut: runtimes.includes('workerd') ? [tooLong] : [] }
}

async function measurePoint(
  app: Running,
  talk: Talk,
  visitor: Visitor,
  point: number,
): Promise<Omit<LengthPoint, 'runtime' | 'turn'>> {
  const pageMs = await medianMs(20, () => visitor.page())
  const historyMs = await medianMs(5, () => visitor.history())
  const late: TurnFigures[] = []
  const young: TurnFigures[] = []
  for (let block = 0; block < BLOCKS; block++) {
    const from = point + block * BLOCK_TURNS
    // At the first point, those of one conversation would soon be late.
    const turns =
      point === YOUNG
        ? await youngTurns(app, talk, from)
        : Array.from({ length: BLOCK_TURNS }, (_, n) => ({ visitor, i: from + n }))
    const besides = await youngTurns(app, talk, from)
    late.push(await talk.measure(turns))
    young.push(await talk.measure(besides))
  }
  return { late: meanOf(late), young: meanOf(young), pageMs, historyMs }
}

/** The next turns of conversations that have become old enough. */
async function youngTurns(app: Running, talk: Talk, from: number): Promise<Turn[]> {
  const turns: Turn[] = []
  for (let n = 0; n < BLOCK_TURNS; n += YOUNG_TURNS) {
    const visitor = createVisitor(app.url)
    for (let i = 0; i < YOUNG; i++) await talk.say({ visitor, i: from + i })
    for (let i = 0; i < YOUNG_TURNS; i++) turns.push({ visitor, i: from + n + i })
  }
  return turns
}

async function whatIsKept(
  visitor: Visitor,
  turnsSaid: number,
  talk: Talk,
): Promise<Omit<Kept, 'runtime'>> {
  const { turns, forgotten, unreadable = 0 } = await visitor.history()
  return {
    turnsSaid,
    turnsInHistory: turns.length / 2,
    messagesForgotten: forgotten,
    turnsUnreadable: unreadable,
    longestCookieBytes: talk.longestCookieBytes(),
  }
}

function meanOf(blocks: readonly TurnFigures[]): TurnFigures {
  return {
    cpuMs: mean(blocks.map(({ cpuMs }) => cpuMs)),
    wallMs: mean(blocks.map(({ wallMs }) => wallMs)),
    storeOperations: mean(blocks.map(({ storeOperations }) => storeOperations)),
  }
}

async function medianMs(times: number, action: () => Promise<unknown>): Promise<number> {
  const all: number[] = []
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now()
    await action()
    all.push(performance.now() - startedAt)
  }
  return median(all)
}
