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

/** What the data of each event hold, and of which type. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  token: { text: 'string' },
  html: { block: 'number', html: 'string' },
  checkpoint: { receipt: 'string' },
  done: { reply: 'string', receipt: 'string', finish: 'string' },
  error: { error: 'string', code: 'string' },
}

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
    return frames.map(parseFrame).filter(isEvent)
  }
}

interface Frame {
  readonly name: string
  readonly data: unknown
}

function parseFrame(frame: string): Frame | null {
  // Not `.`, which stops at U+2028: JSON does not escape that character.
  const [, name = '', text = ''] = /^event: (\w+)\ndata: ([^\n]*)/m.exec(frame) ?? []
  try {
    return { name, data: JSON.parse(text) }
  } catch {
    return null
  }
}

function isEvent(frame: Frame | null): frame is ChatEvent {
  const fields = FIELDS[frame?.name ?? '']
  if (!frame || !fields) return false
  const data: Readonly<Record<string, unknown>> = Object(frame.data)
  return Object.entries(fields).every(([field, type]) => typeof data[field] === type)
}
