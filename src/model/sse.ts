/**
 * Events out of the text of a `text/event-stream` (WHATWG HTML §9.2.6), by eventsource-parser. Two things are added, because model
 * servers do them and a parser that follows the standard must not:
 * - a line of a field `error` (llama.cpp before September 2025) is an event of that name; the standard says to ignore it;
 * - the last event counts although no blank line follows it (llama.cpp); the standard says to drop it.
 * An event that never ends is refused beyond `MAX_EVENT_CHARS`.
 */

import { createParser } from 'eventsource-parser'
import { AppError } from '../errors.ts'

export interface ServerEvent {
  /** The event's name; empty when it has none. */
  readonly name: string
  readonly data: string
}

/** Longest single event, in characters. */
const MAX_EVENT_CHARS = 256 * 1024

export interface EventReader {
  /** The events that a piece of text completes. Throws `model_bad_response` for an event that is too long. */
  push(text: string): readonly ServerEvent[]
  /** The event that the end of the stream completes, if there is one. */
  end(): readonly ServerEvent[]
}

export function createEventReader(): EventReader {
  let events: ServerEvent[] = []
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onEvent: ({ event, data }) => events.push({ name: event ?? '', data }),
    onError: ({ type, field, value }) => {
      if (type === 'max-buffer-size-exceeded') {
        throw new AppError('model_bad_response', { detail: `an event of over ${MAX_EVENT_CHARS}` })
      }
      if (field === 'error') events.push({ name: 'error', data: value ?? '' })
    },
  })
  function push(text: string): readonly ServerEvent[] {
    events = []
    parser.feed(text)
    return events
  }
  return { push, end: () => push('\n\n') }
}
