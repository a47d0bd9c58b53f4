/**
 * Writes lines to stdout or stderr. A reader that goes away, or a full disk, does not end the app.
 */

import type { Writable } from 'node:stream'

/**
 * Creates a function that writes a line. The lines of one moment are written together, since a
 * write costs as much as a signature; what waits when the process exits is written then. Once the
 * stream is closed (`node dist/node.mjs | head -1`) it does nothing. It never throws: a caller must
 * not fail because it logs.
 */
export function createLineWriter(stream: Writable): (line: string) => void {
  let waiting = ''
  // Without a listener, an error event would end the process. There is nowhere to report it.
  stream.on('error', () => {})

  function flush(): void {
    const text = waiting
    waiting = ''
    if (text === '' || !stream.writable) return
    try {
      stream.write(text)
    } catch {
      // A file is written synchronously, so a full disk throws.
    }
  }

  process.once('exit', flush)
  return function writeLine(line) {
    if (waiting === '') setImmediate(flush)
    waiting += `${line}\n`
  }
}
