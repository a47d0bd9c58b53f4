/** Lines to stdout or stderr, whatever becomes of them: a reader that goes, or a full disk, is not the end of the app. */

import type { Writable } from 'node:stream'

/**
 * Creates a function that writes a line, and does nothing once the stream is closed (`node dist/node.mjs | head -1`).
 * It never throws: a caller that logs must not fail because of it.
 */
export function createLineWriter(stream: Writable): (line: string) => void {
  // Without a listener an error event would end the process; what could be said of it has nowhere to go.
  stream.on('error', () => {})
  return function writeLine(line) {
    if (!stream.writable) return
    try {
      stream.write(`${line}\n`)
    } catch {
      // A file is written at once, and a full disk is thrown.
    }
  }
}
