/** Reads the events of one streamed turn as its visitor means to: to the end, with a stall, or until it is time to leave. */

import { createParser } from 'eventsource-parser'
import type { Next } from './client.ts'
import type { Step } from './step.ts'

/** What was seen of a turn. */
export interface StreamSeen {
  /** What the tokens say, trimmed. */
  readonly text: string
  /** The receipts of the checkpoints, each with the text that had been read when it came. */
  readonly checkpoints: readonly { readonly receipt: string; readonly text: string }[]
  readonly last:
    | { readonly kind: 'none' }
    | { readonly kind: 'done'; readonly reply: string; readonly receipt: string }
    | { readonly kind: 'error'; readonly code: string }
  /** How many events came after the last. */
  readonly afterLast: number
}

export interface StreamReader {
  piece(text: string): Next
  seen(): StreamSeen
}

/** @param onFirst called when the first event has come */
export function createStreamReader({
  departure,
  stall,
}: Pick<Step, 'departure' | 'stall'>): StreamReader {
  const checkpoints: StreamSeen['checkpoints'][number][] = []
  const came = { token: 0, checkpoint: 0 }
  let text = ''
  let last: StreamSeen['last'] = { kind: 'none' }
  let afterLast = 0
  let pieces = 0
  let leaves = false

  function count(kind: 'token' | 'checkpoint'): void {
    came[kind] += 1
    leaves ||= departure?.at === kind && came[kind] >= departure.after
  }

  const parser = createParser({
    onEvent({ event, data }) {
      if (leaves) return
      if (last.kind !== 'none') afterLast += 1
      const fields: Readonly<Record<string, unknown>> = JSON.parse(data)
      const field = (name: string): string => String(fields[name])
      if (event === 'token') {
        text += field('text')
        count('token')
      } else if (event === 'checkpoint') {
        checkpoints.push({ receipt: field('receipt'), text: text.trim() })
        count('checkpoint')
      } else if (event === 'done') {
        last = { kind: 'done', reply: field('reply'), receipt: field('receipt') }
      } else if (event === 'error') last = { kind: 'error', code: field('code') }
    },
  })

  return {
    piece(chunk) {
      parser.feed(chunk)
      pieces += 1
      if (leaves && departure) return { do: 'leave', way: departure.way }
      if (stall && pieces === stall.afterPieces) return { do: 'stall', ms: stall.ms }
      return { do: 'read' }
    },
    seen: () => ({ text: text.trim(), checkpoints, last, afterLast }),
  }
}
