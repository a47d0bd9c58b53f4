/**
 * A browser with three tabs, one jar and several conversations, whose requests overlap, and the model that it is compared with:
 * what was said, by the address where it was said. The server computes an answer at once, with the cookies of that moment;
 * the answer takes effect some steps later.
 *
 *     steps.ts ──► play.ts ──► requests.ts ──► ../server.ts   the real app, a store that fails
 *                                   │
 *                                   └── browser.ts            the jar, answers on their way
 */

import { expect } from 'vitest'
import type { ConversationsReply } from '../../../../src/wire.ts'
import { createScheduleServer } from '../server.ts'
import { TABS } from '../steps.ts'
import { createBrowser } from './browser.ts'
import {
  commit,
  expectWhole,
  fork,
  freshAddress,
  moveRoot,
  open,
  park,
  remove,
  reset,
  type Scene,
  say,
  stream,
} from './requests.ts'
import type { Step } from './steps.ts'

const FIRST_CONVERSATIONS = 4

/** Plays a schedule; then every tab gets rid of its receipts, and every turn must be where it was said. */
export async function play(steps: readonly Step[]): Promise<void> {
  const scene: Scene = {
    // Forks begin by the clock of the machine.
    server: createScheduleServer(Date.now()),
    browser: createBrowser(),
    conversations: new Map(),
    gone: new Set(),
    held: [],
    saidSoFar: 0,
  }
  await begin(scene)
  for (const [i, step] of steps.entries()) {
    await take(scene, step, i)
    scene.browser.nextStep()
  }
  await settle(scene)
}

/** A page was opened, and something said: from then on the visitor is known. */
async function begin(scene: Scene): Promise<void> {
  scene.conversations.set('', { said: [], life: 0 })
  await open(scene, '', 0)
  for (let i = 0; i < FIRST_CONVERSATIONS; i++) await freshAddress(scene)
  const first = addressOf(scene, 1)
  await say(scene, first, { tab: 0, chars: 20, late: 0 })
}

async function take(scene: Scene, step: Step, number: number): Promise<void> {
  const { server } = scene
  switch (step.do) {
    case 'say':
      return say(scene, addressOf(scene, step.which), step)
    case 'stream':
      return stream(scene, addressOf(scene, step.which), step)
    case 'commit':
      return commit(scene, addressOf(scene, step.which), step)
    case 'open':
      return open(scene, addressOf(scene, step.which), step.late)
    case 'park':
      return park(scene, addressOf(scene, step.which), step.late)
    case 'delete':
      return remove(scene, addressOf(scene, step.which), step.late)
    case 'reset':
      return reset(scene, addressOf(scene, step.which), step.late)
    case 'fork':
      return fork(scene, addressOf(scene, step.which), step)
    case 'new':
      return moveRoot(scene, step.late)
    case 'restart': {
      const secret = `secret number ${number} of the schedule and long enough`
      return server.restart(step.newSecret ? secret : null)
    }
    case 'fault':
      return server.setFault(step.fault)
  }
}

function addressOf({ conversations }: Scene, which: number): string {
  const addresses = [...conversations.keys()]
  return addresses[which % addresses.length] ?? ''
}

async function settle(scene: Scene): Promise<void> {
  const { server, browser, conversations, gone } = scene
  browser.deliverAll()
  server.setFault('none')
  for (let tab = 0; tab < TABS; tab++) {
    for (const base of conversations.keys()) await commit(scene, base, { tab, late: 0 })
  }
  // The second time they hear that all was there before.
  for (let tab = 0; tab < TABS; tab++) {
    for (const base of conversations.keys()) await commit(scene, base, { tab, late: 0 })
  }
  expect(scene.held, 'all receipts are settled').toEqual([])
  for (const base of conversations.keys()) await expectWhole(scene, base)
  for (const base of gone) {
    const response = await server.request({
      path: `${base}/history`,
      pair: browser.jar.header(base),
    })
    expect(response.status, `${base} was deleted`).toBe(404)
  }
  await checkList(scene)
}

/** A list that overlapping answers have overwritten is mended by opening what is there and deleting what is not. */
async function checkList(scene: Scene): Promise<void> {
  const { server, browser, conversations, gone } = scene
  const said = [...conversations].filter(([base, { said }]) => base !== '' && said.length > 0)
  for (const base of conversations.keys()) await open(scene, base, 0)
  for (const base of gone) {
    const pair = browser.jar.header(base)
    browser.answerLater(0, [], await server.request({ path: `${base}/delete`, pair, body: {} }))
  }
  const response = await server.request({ path: '/conversations', pair: browser.jar.header('/') })
  const { conversations: list }: ConversationsReply = JSON.parse(await response.text())
  expect(list.map(({ id }) => `/c/${id}`).sort()).toEqual(said.map(([base]) => base).sort())
}
