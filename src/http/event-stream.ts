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

import type { EventSource, NamedEvent } from '../wire.ts'

export interface EventStreamOptions {
  /** A reader who has not read everything after so long is cut off, in milliseconds. */
  readonly limitMs: number
  /** Called when nobody reads any more before the end. */
  readonly onLeave: () => void
}

/** Shortest and longest silence before a comment. Proxies cut connections that say nothing. */
const MIN_SILENCE_MS = 200
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
 * In silence there is a comment, after 0.2 s at first. workerd notices only at its second write
 * that a visitor has left, and that must be within a second.
 *
 * @param source gives the events; the body ends with its last one
 */
export function eventStream(
  source: EventSource,
  { limitMs, onLeave }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  let quietSinceMs = Date.now()
  let sentAtMs = 0
  let over = false
  let limit: ReturnType<typeof setTimeout> | undefined

  function end(): void {
    over = true
    clearTimeout(limit)
  }

  /** The next events; none after so long a silence that a comment is due. */
  async function collect(): Promise<readonly NamedEvent[]> {
    await untilFrame(sentAtMs)
    const commentAtMs = Date.now() + silenceMs(Date.now() - quietSinceMs)
    for (;;) {
      const waitMs = Math.max(0, commentAtMs - Date.now())
      const events = await source.next(waitMs)
      if (events.length > 0 || source.ended || over || waitMs === 0) return events
    }
  }

  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const events = await collect()
    if (over) return
    if (events.length > 0) {
      sentAtMs = Date.now()
      quietSinceMs = sentAtMs
    }
    const text = events.map(frameOf).join('')
    controller.enqueue(encoder.encode(text === '' ? COMMENT : text))
    if (!source.ended) return
    end()
    controller.close()
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        limit = setTimeout(() => {
          end()
          onLeave()
          controller.error(new Error('Cannot send events: the reader has stopped'))
        }, limitMs)
      },
      pull,
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

/** Resolves when the frame is over that the last write began. */
function untilFrame(sentAtMs: number): Promise<void> {
  const restMs = sentAtMs + FRAME_MS - Date.now()
  return restMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, restMs))
}
