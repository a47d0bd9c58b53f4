/** What a visitor does next, drawn before any of it is done. Pure. */

import type { Chance } from './chance.ts'
import type { LeavingWay } from './client.ts'
import { drawPlan, type Mood, type Plan } from './plan.ts'

/** Reads the page, sends a message in one of three ways, sends receipts that are left, starts over, or asks for files and reads none. */
export type Deed =
  | 'looks'
  | 'streams'
  | 'asks'
  | 'submits'
  | 'sends old receipts'
  | 'starts over'
  | 'reads nothing'

/** When a visitor leaves: after some milliseconds, perhaps before the headers, or when the nth event of a kind has come. */
export interface Departure {
  readonly at: 'time' | 'token' | 'checkpoint'
  /** Milliseconds, or the number of the event. */
  readonly after: number
  readonly way: LeavingWay
}

/** What becomes of a receipt. That of a visitor who has left is a checkpoint: sent at once, it is a stop. */
export type Fate = 'at once' | 'twice' | 'with the next message' | 'late' | 'never'

export interface Step {
  readonly deed: Deed
  readonly plan: Plan
  readonly html: boolean
  /** Null for a visitor who stays to the end. */
  readonly departure: Departure | null
  /** Null for a visitor who reads all the time. */
  readonly stall: { readonly afterPieces: number; readonly ms: number } | null
  readonly fate: Fate
  /** How long the visitor thinks afterwards, in milliseconds. */
  readonly thinksMs: number
}

/** In so many of a hundred steps a restless visitor falls asleep over a long reply, for longer than a turn may take. */
const SLEEPS = 3
export const SLEEP_MS = 15_000

/**
 * Draws a step.
 *
 * @param mark stands in the message and in the reply
 * @param mood who meets a model that behaves is a calm visitor, who only reads, at normal speed
 */
export function drawStep(chance: Chance, mark: string, mood: Mood): Step {
  const thinksMs = chance.whole(20, mood === 'behaves' ? 1500 : 300)
  if (mood === 'behaves') {
    return {
      deed: chance.weighed<Deed>([1, 'looks'], [8, 'streams'], [3, 'asks'], [2, 'submits']),
      plan: drawPlan(mark, chance, mood),
      html: chance.percent(50),
      departure: null,
      stall: null,
      fate: chance.weighed<Fate>([4, 'at once'], [1, 'with the next message']),
      thinksMs,
    }
  }
  if (chance.percent(SLEEPS)) {
    const plan = drawPlan(mark, chance, 'talks on')
    const stall = { afterPieces: 1, ms: SLEEP_MS }
    return { deed: 'streams', plan, html: true, departure: null, stall, fate: 'late', thinksMs }
  }
  return {
    deed: chance.weighed<Deed>(
      [2, 'looks'],
      [20, 'streams'],
      [3, 'asks'],
      [2, 'submits'],
      [3, 'sends old receipts'],
      [1, 'starts over'],
      [1, 'reads nothing'],
    ),
    plan: drawPlan(mark, chance, mood),
    html: chance.percent(50),
    departure: chance.percent(60) ? drawDeparture(chance) : null,
    stall: chance.percent(20) ? drawStall(chance) : null,
    fate: chance.weighed<Fate>(
      [8, 'at once'],
      [2, 'twice'],
      [3, 'with the next message'],
      [4, 'late'],
      [2, 'never'],
    ),
    thinksMs,
  }
}

function drawDeparture(chance: Chance): Departure {
  const way = chance.weighed<LeavingWay>([3, 'reset'], [3, 'close'], [1, 'half close'])
  return chance.weighed<Departure>(
    [1, { at: 'time', after: chance.whole(0, 450), way }],
    [3, { at: 'time', after: chance.whole(100, 2500), way }],
    [2, { at: 'token', after: chance.whole(1, 30), way }],
    [3, { at: 'checkpoint', after: chance.whole(1, 4), way }],
  )
}

function drawStall(chance: Chance): Step['stall'] {
  const ms = chance.percent(67) ? chance.whole(200, 1500) : chance.whole(2000, 5000)
  return { afterPieces: chance.whole(1, 12), ms }
}
