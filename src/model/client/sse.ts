/**
 * Reads events out of the text of a `text/event-stream` (WHATWG HTML §9.2.6), with two additions.
 * Model servers do what a reader that follows the standard must not accept:
 * - A line of a field `error` is an event of that name (llama.cpp before September 2025). The
 *   standard says to ignore it.
 * - The last event counts although no blank line follows it (llama.cpp). The standard says to drop
 *   it.
 * Ids and retry times mean nothing here. An event that never ends is refused beyond
 * `MAX_EVENT_CHARS`. Time and memory grow in proportion to the text, however it is cut into pieces.
 */

import { AppError } from '../../errors.ts'

export interface ServerEvent {
  /** The event's name; empty when it has none. */
  readonly name: string
  readonly data: string
}

/** Longest single event, in characters. */
const MAX_EVENT_CHARS = 256 * 1024

export interface SseReader {
  /**
   * Gives the events that a piece of text completes.
   *
   * @throws AppError `model_bad_response` for an event that is too long
   */
  push(text: string): readonly ServerEvent[]
  /** Gives the event that the end of the stream completes, if there is one. */
  end(): readonly ServerEvent[]
}

/** Creates a reader for one stream. */
export function createSseReader(): SseReader {
  let begun = false
  /** A CR ended the last line. An LF that comes next belongs to the same line end. */
  let afterCr = false
  /**
   * The pieces of the line whose end has not come yet. They are joined once, at its end: a line
   * that comes in a thousand pieces would otherwise be copied and searched a thousand times.
   */
  let fragments: string[] = []
  let lineChars = 0
  let name = ''
  let data: string[] = []
  /** Line ends count too, so that endless empty `data` lines are bounded. */
  let dataChars = 0

  function readLine(line: string): ServerEvent | null {
    if (line === '') return finishEvent()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'error') return { name: 'error', data: value }
    if (field === 'event') name = value
    if (field === 'data') {
      data.push(value)
      dataChars += value.length + 1
    }
    return null
  }

  function finishEvent(): ServerEvent | null {
    const event = { name, data: data.join('\n') }
    name = ''
    data = []
    dataChars = 0
    return event.data === '' ? null : event
  }

  function keep(fragment: string): void {
    if (fragment !== '') fragments.push(fragment)
    lineChars += fragment.length
    if (lineChars + dataChars > MAX_EVENT_CHARS) {
      throw new AppError('model_bad_response', { detail: `an event of over ${MAX_EVENT_CHARS}` })
    }
  }

  function takeLine(): string {
    const line = fragments.length === 1 ? (fragments[0] ?? '') : fragments.join('')
    fragments = []
    lineChars = 0
    return line
  }

  function push(text: string): readonly ServerEvent[] {
    if (text === '') return []
    let at = afterCr && text.startsWith('\n') ? 1 : 0
    if (!begun && text.startsWith('\ufeff')) at = 1
    begun = true
    const events: ServerEvent[] = []
    const lineEnd = /\r\n|\n|\r/g
    lineEnd.lastIndex = at
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      keep(text.slice(at, end.index))
      const event = readLine(takeLine())
      if (event) events.push(event)
      at = lineEnd.lastIndex
    }
    keep(text.slice(at))
    afterCr = text.endsWith('\r')
    return events
  }

  return { push, end: () => push('\n\n') }
}
