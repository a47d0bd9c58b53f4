/**
 * Events out of the text of a `text/event-stream` (WHATWG HTML §9.2.6), with two additions, because model servers do what a reader that
 * follows the standard must not accept:
 * - a line of a field `error` (llama.cpp before September 2025) is an event of that name; the standard says to ignore it;
 * - the last event counts although no blank line follows it (llama.cpp); the standard says to drop it.
 * Ids and retry times mean nothing here. An event that never ends is refused beyond `MAX_EVENT_CHARS`.
 */

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
  let begun = false
  /** The beginning of a line whose end has not come yet. */
  let rest = ''
  let name = ''
  let data: string[] = []
  let dataChars = 0

  function readLine(line: string): ServerEvent[] {
    if (line === '') return finishEvent()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'error') return [{ name: 'error', data: value }]
    if (field === 'event') name = value
    if (field === 'data') {
      data.push(value)
      dataChars += value.length
    }
    return []
  }

  function finishEvent(): ServerEvent[] {
    const event = { name, data: data.join('\n') }
    name = ''
    data = []
    dataChars = 0
    return event.data === '' ? [] : [event]
  }

  function push(text: string): readonly ServerEvent[] {
    const piece = begun ? text : text.replace(/^\ufeff/, '')
    begun ||= text !== ''
    const events: ServerEvent[] = []
    // A line ends with CR LF, LF or CR. Of a CR that comes last it is not known yet whether an LF follows.
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) events.push(...readLine(line))
    if (rest.length + dataChars > MAX_EVENT_CHARS) {
      throw new AppError('model_bad_response', { detail: `an event of over ${MAX_EVENT_CHARS}` })
    }
    return events
  }

  return { push, end: () => push('\n\n') }
}
