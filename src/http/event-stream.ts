/**
 * Server-sent events (WHATWG HTML §9.2) as the body of an answer. It is not Hono's `streamSSE`,
 * whose writes swallow errors, and which with an error handler sends raw error messages to the
 * client.
 *
 * The body is pulled: nothing is made before the reader wants it. So at most one batch waits for a
 * reader who has stopped, and comments cannot queue up.
 *
 *     source   a b    c            d          (events)
 *     body     [a b]  [c]  :   :   [d]        (at most one write in 16 ms; a comment in silence)
 */

import { createAlarm } from '../bounds/alarm.ts'
import type { EventSource, NamedEvent } from '../wire.ts'

export interface EventStreamOptions {
  /** A reader who has not read everything after so long is cut off, in milliseconds. */
  readonly limitMs: number
  /** Called when nobody reads any more before the end. */
  readonly onLeave: () => void
}

/** Shortest and longest silence before a comment. Proxies cut connections that say nothing. */
const MIN_SILENCE_MS = 300
const MAX_SILENCE_MS = 2000
/** Comments grow rarer: the next one waits for this part of the silence so far. */
const SILENCE_SHARE = 1 / 10
/** All events of this time travel together: a screen shows no more than 60 pictures a second. */
const FRAME_MS = 16

const COMMENT = ':\n\n'
const encoder = new TextEncoder()

/** `no-transform` and `X-Accel-Buffering` keep proxies from gathering the events. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const

/**
 * The bytes of events until their source ends.
 *
 * In silence there is a comment, after 0.3 s at first. workerd notices only at its second write
 * that a visitor has left, and that must be within a second.
 *
 * @param source gives the events; the body ends with its last one
 */
export function eventStream(
  source: EventSource,
  { limitMs, onLeave }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  let state: 'unwanted' | 'wanted' | 'taking' | 'over' = 'unwanted'
  let quietSinceMs = Date.now()
  let sentAtMs = 0
  let commentAtMs = 0
  let limit: ReturnType<typeof setTimeout> | undefined
  let write: (bytes: Uint8Array) => void
  const alarm = createAlarm(proceed)

  function end(): void {
    state = 'over'
    clearTimeout(limit)
    alarm.clear()
  }

  /** Writes what is due, or sets the alarm for it. The reader waits. */
  function proceed(): void {
    if (state !== 'wanted') return
    const now = Date.now()
    const dueInMs = Math.min(source.dueInMs(), commentAtMs - now)
    const waitMs = Math.max(dueInMs, sentAtMs + FRAME_MS - now)
    if (waitMs > 0) {
      alarm.set(waitMs)
    } else {
      state = 'taking'
      void source.take().then(deliver)
    }
  }

  function deliver(events: readonly NamedEvent[]): void {
    if (state !== 'taking') return
    const now = Date.now()
    if (events.length === 0 && now < commentAtMs && !source.ended) {
      // What was due came to nothing.
      state = 'wanted'
      proceed()
      return
    }
    if (events.length > 0) {
      sentAtMs = now
      quietSinceMs = now
    }
    state = 'unwanted'
    write(encoder.encode(events.length > 0 ? events.map(frameOf).join('') : COMMENT))
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        limit = setTimeout(() => {
          end()
          onLeave()
          controller.error(new Error('Cannot send events: the reader has stopped'))
        }, limitMs)
        write = (bytes) => {
          controller.enqueue(bytes)
          if (!source.ended) return
          end()
          controller.close()
        }
        source.listen(proceed)
      },
      pull() {
        // workerd pulls again while it waits.
        if (state !== 'unwanted') return
        state = 'wanted'
        const now = Date.now()
        commentAtMs = now + silenceMs(now - quietSinceMs)
        proceed()
      },
      cancel() {
        end()
        onLeave()
      },
    },
    { highWaterMark: 0 },
  )
}

function frameOf({ name, data }: NamedEvent): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

function silenceMs(quietMs: number): number {
  return Math.min(MAX_SILENCE_MS, Math.max(MIN_SILENCE_MS, quietMs * SILENCE_SHARE))
}
