/**
 * One request for a reply, from the message to its end: `done`, an error, or a stop. Hands on what
 * comes to whoever shows it.
 */

import { type ChatEvent, FORGOTTEN_HEADER } from '../../wire.ts'
import type { Ending, Failure, Question } from '../state.ts'
import { failureBecause, failureOf, failureToReach, inTurn, post } from './api.ts'
import { base } from './base.ts'
import { createEventReader } from './events.ts'
import { pendingReceipts, settle } from './receipts.ts'

/**
 * After so long without any byte the connection is dead: the server writes a comment every 2 s at
 * least.
 */
const SILENCE_MS = 20_000

export interface Listener {
  /** What goes along with every message: the model and the persona that are chosen. */
  readonly choices: object
  onForgotten(count: string | null): void
  onEvent(event: ChatEvent): void
}

/**
 * Asks, and listens until the end. Never rejects.
 *
 * @param stop ends it when aborted, the model included
 */
export async function listen(
  { message, kind }: Question,
  stop: AbortSignal,
  listener: Listener,
): Promise<Ending> {
  const silent = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), SILENCE_MS)
  }
  const signal = AbortSignal.any([stop, silent.signal])
  let begun = false
  try {
    const response = await inTurn(
      base,
      async () => {
        wait()
        const pending = pendingReceipts()
        const { receipts } = pending
        const replaces = kind === 'new' ? {} : { replaces: 'last' }
        const body = { ...listener.choices, ...replaces, message, html: true, receipts }
        const headers = { Accept: 'text/event-stream' }
        const answer = await post(`${base}/chat`, body, { signal, headers })
        settle(answer, pending)
        return answer
      },
      stop,
    )
    if (!response.ok || !response.body) return failed(await failureOf(response))
    begun = true
    listener.onForgotten(response.headers.get(FORGOTTEN_HEADER))
    const read = createEventReader()
    const reader = response.body.getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      wait()
      for (const event of read(next.value)) {
        const ending = endingOf(event)
        if (ending) return ending
        listener.onEvent(event)
      }
    }
    return failed(failureBecause('broken'))
  } catch {
    if (stop.aborted) return { kind: 'stopped' }
    if (silent.signal.aborted) return failed(failureBecause('silent'))
    const lost = begun && navigator.onLine
    return failed(lost ? failureBecause('broken') : failureToReach())
  } finally {
    clearTimeout(timer)
  }
}

function endingOf(event: ChatEvent): Ending | null {
  if (event.name === 'done') {
    const { reply, receipt, finish } = event.data
    return { kind: 'done', reply, receipt, cut: finish === 'length' }
  }
  if (event.name !== 'error') return null
  const { error, code, retryAfter = null } = event.data
  return failed({ sentence: error, code, retryAfter })
}

function failed(failure: Failure): Ending {
  return { kind: 'failed', failure }
}
