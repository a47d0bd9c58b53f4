/** Reads a response of server-sent events to its end. */

import { createParser } from 'eventsource-parser'

export interface ReadEvent {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
  /** When it came, in milliseconds from any start. Left out of comparisons. */
  readonly atMs: number
}

export interface ReadStream {
  readonly events: readonly ReadEvent[]
  readonly comments: number
  /** All that came, as it came. */
  readonly text: string
}

export async function readEvents(response: Response): Promise<ReadStream> {
  const events: ReadEvent[] = []
  let comments = 0
  let text = ''
  const parser = createParser({
    onEvent: ({ event = '', data }) => {
      const read = { name: event, data: JSON.parse(data) }
      events.push(
        Object.defineProperty(read, 'atMs', {
          value: performance.now(),
          enumerable: false,
        }) as ReadEvent,
      )
    },
    onComment: () => {
      comments += 1
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    const piece = decoder.decode(chunk, { stream: true })
    text += piece
    parser.feed(piece)
  }
  return { events, comments, text }
}
