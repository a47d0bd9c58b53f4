/**
 * A browser with three tabs and one cookie jar, whose requests overlap, and what must hold whatever they do. Every step is
 * one request. The server computes its answer at once, with the cookies of that moment; the answer takes effect in the
 * browser some steps later. What a cookie holds is read through `GET /history` with a store that works.
 *
 *     steps.ts ──► play.ts ──► requests.ts ──► server.ts   the real app, a store that fails, a clock
 *                                   │
 *                                   ├── browser.ts         the cookie jar, the receipts, answers on their way
 *                                   └── checks.ts ──► view.ts ──► ledger.ts   what was said, and what may be there
 */

import { expect } from 'vitest'
import { createBrowser } from './browser.ts'
import { createLedger } from './ledger.ts'
import { chat, commit, replay, reset, type Scene } from './requests.ts'
import { createScheduleServer } from './server.ts'
import { type Step, TABS } from './steps.ts'
import { viewOf } from './view.ts'

/** The first round settles what is open; the second one hears of it. */
const LAST_ROUNDS = 2

/**
 * Plays a schedule and checks every answer; then sends what is unsettled once more and checks what is left.
 *
 * @param inTurn whether requests that may set a cookie wait for one another, as the page's do under a Web Lock
 */
export async function play(steps: readonly Step[], inTurn: boolean): Promise<void> {
  const server = createScheduleServer()
  const scene: Scene = { server, ledger: createLedger(server.nowSeconds), browser: createBrowser() }
  for (const step of steps) {
    if (inTurn && setsCookie(step)) scene.browser.deliverAll()
    await take(scene, step)
    scene.browser.nextStep()
  }
  await settle(scene)
  if (inTurn && !server.wasFaulty) await checkNothingLost(scene)
}

function setsCookie(step: Step): boolean {
  return !['wait', 'restart', 'fault'].includes(step.do)
}

async function take(scene: Scene, at: Step): Promise<void> {
  const { server, browser } = scene
  switch (at.do) {
    case 'say':
    case 'stream':
      return chat(scene, at)
    case 'commit':
      return commit(scene, at.tab, [...browser.held(at.tab)], at.late)
    case 'replay':
      return replay(scene, at)
    case 'reset':
      return reset(scene, at.tab, at.late)
    case 'wait':
      return server.wait(at.seconds)
    case 'restart': {
      const secret = `secret number ${browser.step} of the schedule and long enough`
      return server.restart(at.newSecret ? secret : null)
    }
    case 'fault':
      return server.setFault(at.fault)
  }
}

/** With a store that works, every tab gets rid of its receipts. */
async function settle(scene: Scene): Promise<void> {
  const { server, browser } = scene
  browser.deliverAll()
  server.setFault('none')
  for (let round = 0; round < LAST_ROUNDS; round++) {
    for (let tab = 0; tab < TABS; tab++) {
      await commit(scene, tab, [...browser.held(tab)], 0)
      browser.deliverAll()
    }
  }
  for (let tab = 0; tab < TABS; tab++) {
    expect(browser.held(tab), 'all receipts are settled').toEqual([])
  }
}

/** Every finished turn of the conversation is there, was refused for its age, or was replaced. */
async function checkNothingLost(scene: Scene): Promise<void> {
  const { ledger, browser } = scene
  const last = browser.jar
  if (!ledger.isAlive(last)) return
  const { marks, forgotten, unreadable } = await viewOf(scene, last)
  expect([forgotten, unreadable]).toEqual([0, 0])
  const { conversation, gone } = last
  const missing = [...ledger.finished].filter(
    ([mark, of]) => of === conversation && !marks.includes(mark) && !ledger.refused.has(mark),
  )
  expect(missing.filter(([mark]) => !gone.has(mark))).toEqual([])
  expect(gone.size).toBeLessThanOrEqual(ledger.replacing)
}
