/**
 * Writes lines to stdout or stderr. A reader that goes away, or a full disk, does not end the app.
 */

import type { Writable } from 'node:stream'

/**
 * Creates a function that writes a line. Once the stream is closed (`node dist/node.mjs | head -1`)
 * it does nothing. It never throws: a caller must not fail because it logs.
 */
export function createLineWriter(stream: Writable): (line: string) => void {
  // Without a listener, an error event would end the process. There is nowhere to report it.
  stream.on('error', () => {})
  return function writeLine(line) {
    if (!stream.writable) return
    try {
      stream.write(`${line}\n`)
    } catch {
      // A file is written synchronously, so a full disk throws.
    }
  }
}
