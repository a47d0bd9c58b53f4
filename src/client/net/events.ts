/**
 * Reads the events of a streamed turn out of bytes, in exactly the framing that the server writes;
 * pure. A frame is
 *
 *     event: token
 *     data: {"text": "Infl"}
 *
 * and an empty line. Comments, unknown events and malformed frames are skipped.
 */

import type { ChatEvent } from '../../wire.ts'

/**
 * Creates a function that takes the next bytes, split anywhere, and gives the events that they
 * complete.
 */
export function createEventReader(): (bytes: Uint8Array) => ChatEvent[] {
  const decoder = new TextDecoder()
  let rest = ''
  return (bytes) => {
    const frames = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = frames.pop() ?? ''
    return frames.map(parseFrame).filter((event) => event !== null)
  }
}

function parseFrame(frame: string): ChatEvent | null {
  // Not `.`, which stops at U+2028: JSON does not escape that character.
  const match = /^event: (\w+)\ndata: ([^\n]*)/m.exec(frame)
  if (!match) return null
  const [, name = '', text = ''] = match
  try {
    const data: unknown = JSON.parse(text)
    return typeof data === 'object' && data !== null ? toEvent(name, { ...data }) : null
  } catch {
    return null
  }
}

function toEvent(name: string, data: Readonly<Record<string, unknown>>): ChatEvent | null {
  const { text, block, html, receipt, reply, finish, error, code, retryAfter, partial } = data
  switch (name) {
    case 'token':
      return typeof text === 'string' ? { name, data: { text } } : null
    case 'html':
      return typeof block === 'number' && typeof html === 'string'
        ? { name, data: { block, html } }
        : null
    case 'checkpoint':
      return typeof receipt === 'string' ? { name, data: { receipt } } : null
    case 'done':
      return typeof reply === 'string' && typeof receipt === 'string'
        ? { name, data: { reply, receipt, finish: finish === 'length' ? finish : 'stop' } }
        : null
    case 'error':
      return typeof error === 'string'
        ? {
            name,
            data: {
              error,
              code: String(code),
              partial: partial === true,
              ...(typeof retryAfter === 'number' && { retryAfter }),
            },
          }
        : null
    default:
      return null
  }
}
