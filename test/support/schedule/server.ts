/** The server of a schedule: the real app over a store that fails on demand, with a clock that a step sets. */

import { createMemoryStore } from '../../../src/store/memory.ts'
import { createChatApp, createEcho, type Echo, ORIGIN } from '../chat-app.ts'
import { createFaultyStore, type FaultyStore } from '../faulty-store.ts'
import type { Fault } from './steps.ts'

/** How long a conversation lives here. */
export const MAX_AGE_SECONDS = 1000
const FIRST_SECRET = 'the first secret of the schedule and long enough'
const STARTED_AT_MS = 1_800_000_000_000

/** One request of the browser. With a body it is a POST of JSON. */
export interface ScheduleRequest {
  readonly path: string
  /** The cookie, as `name=value`. */
  readonly pair?: string | undefined
  readonly body?: object
  /** Asks for the reply as events. */
  readonly wantsEvents?: boolean
}

export interface ScheduleServer {
  /** What is wrong with the store now. */
  readonly fault: Fault
  /** True once any fault was set. */
  readonly wasFaulty: boolean
  nowSeconds(): number
  request(request: ScheduleRequest): Promise<Response>
  /** Reads something with a store that works; afterwards the fault is back. */
  undisturbed<T>(read: () => Promise<T>): Promise<T>
  /** The receipts of the process that answers now. */
  readonly receipts: ReturnType<typeof createChatApp>['receipts']
  /** What the model was asked last. */
  lastPrompt(): Echo['prompts'][number]
  setFault(fault: Fault): void
  wait(seconds: number): void
  /** Another process takes over, with one more secret to sign with if there is one. */
  restart(secret: string | null): void
}

/** @param startedAtMs its clock's time at the beginning, in milliseconds since 1970 */
export function createScheduleServer(startedAtMs = STARTED_AT_MS): ScheduleServer {
  const store = createFaultyStore(createMemoryStore({ now: () => 0, maxChars: 1e9 }))
  const echo = createEcho()
  let secrets: readonly string[] = [FIRST_SECRET]
  let nowMs = startedAtMs
  let fault: Fault = 'none'
  let wasFaulty = false
  let chat = build()

  function build() {
    const now = (): number => nowMs
    return createChatApp({
      store,
      secrets,
      maxAgeSeconds: MAX_AGE_SECONDS,
      now,
      model: echo.model,
    })
  }

  return {
    get fault() {
      return fault
    },
    get wasFaulty() {
      return wasFaulty
    },
    get receipts() {
      return chat.receipts
    },
    nowSeconds: () => Math.floor(nowMs / 1000),
    async request({ path, pair, body, wantsEvents = false }) {
      return chat.app.request(ORIGIN + path, {
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
        headers: {
          'Content-Type': 'application/json',
          Accept: wantsEvents ? 'text/event-stream' : 'application/json',
          ...(pair !== undefined && { Cookie: pair }),
        },
      })
    },
    async undisturbed(read) {
      damage(store, 'none')
      const value = await read()
      damage(store, fault)
      return value
    },
    lastPrompt: () => echo.prompts.at(-1) ?? [],
    setFault(next) {
      fault = next
      wasFaulty ||= next !== 'none'
      damage(store, next)
    },
    wait(seconds) {
      nowMs += seconds * 1000
    },
    restart(secret) {
      if (secret !== null) secrets = [secret, ...secrets]
      chat = build()
    },
  }
}

/** Makes a store suffer from a fault until it is told otherwise. */
function damage(store: FaultyStore, fault: Fault): void {
  const always = Number.POSITIVE_INFINITY
  const isAway = fault === 'is away'
  store.rejections.put = isAway || fault === 'refuses writes' ? always : 0
  store.rejections.get = isAway || fault === 'refuses reads' ? always : 0
  store.rejections.deleteAll = isAway ? always : 0
  store.hiddenReads = fault === 'finds nothing' ? always : 0
  store.damage = fault === 'damages' ? 'flipped' : 'none'
}
