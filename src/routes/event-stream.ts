/**
 * Server-sent events (WHATWG HTML §9.2) out of a generator. Not Hono's `streamSSE`: its writes swallow errors, and
 * with an error handler it sends raw error messages to the client.
 */

import type { ChatEvents } from '../wire.ts'

/** One event and its name. */
export type ChatEvent = {
  [Name in keyof ChatEvents]: { readonly name: Name; readonly data: ChatEvents[Name] }
}[keyof ChatEvents]

/**
 * A comment after this long, or at most twice as long, without an event. It keeps proxies from cutting the connection; and
 * workerd notices a visitor who has left only when it writes to them, the second time, which must be within a second.
 */
const KEEP_ALIVE_MS = 200

/** `no-transform` and the other one keep proxies from gathering the events. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const

/**
 * The bytes of events until the generator ends. The generator must not throw.
 *
 * @param onLeave called when the visitor has left before the end
 */
export function eventStream(
  events: AsyncIterable<ChatEvent>,
  onLeave: () => void,
): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  void pump(events, writable.getWriter(), onLeave)
  return readable
}

async function pump(
  events: AsyncIterable<ChatEvent>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  onLeave: () => void,
): Promise<void> {
  const encoder = new TextEncoder()
  // A writer fails for one reason only: nobody reads any more.
  const write = (text: string): Promise<void> => writer.write(encoder.encode(text)).catch(onLeave)
  let quiet = true
  const keepAlive = setInterval(() => {
    if (quiet) void write(':\n\n')
    quiet = true
  }, KEEP_ALIVE_MS)
  writer.closed.catch(onLeave)
  try {
    for await (const { name, data } of events) {
      quiet = false
      await write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  } finally {
    clearInterval(keepAlive)
    await writer.close().catch(onLeave)
  }
}
