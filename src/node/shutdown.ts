/**
 * The end of the process, in good order.
 *
 *   serving ── begin ──► finishing ── all answers sent ─────────────────────────► closed, exit
 *                            └─ SHUTDOWN_SECONDS over ──► cutting (1 s to say so) ──┘
 */

import type { Server } from 'node:http'
import { constants } from 'node:os'
import type { Connections } from './connections.ts'

/** How long streams get to send their last event, once they have been told to end. */
const CUT_MS = 1000

export interface ShutdownOptions {
  readonly server: Server
  readonly connections: Connections
  /** How long open answers may take to finish. */
  readonly graceMs: number
  /** Tells answers that are still open after that to end now. */
  readonly stopping: AbortController
  /** Closes what else the app keeps open, as the store, once nothing is answered any more. */
  readonly close: () => void
  /** Ends the process. */
  readonly exit: (code: number) => void
}

export interface Shutdown {
  /** The process begins to end. A second call can only make the exit code worse. */
  begin(code: number): void
}

export function createShutdown({
  server,
  connections,
  graceMs,
  stopping,
  close,
  exit,
}: ShutdownOptions): Shutdown {
  let exitCode: number | null = null
  let ended = false

  function end(): void {
    if (ended) return
    ended = true
    close()
    exit(exitCode ?? 0)
  }

  function cut(): void {
    stopping.abort()
    setTimeout(end, CUT_MS)
  }

  return {
    begin(code) {
      const isFirst = exitCode === null
      exitCode = Math.max(exitCode ?? 0, code)
      if (!isFirst) return
      server.close(end)
      connections.drain()
      setTimeout(cut, graceMs)
    },
  }
}

/**
 * Calls back at the first SIGINT or SIGTERM. A second one of either ends the process at once. Its
 * code is then the one that a shell gives for the signal: 128 plus the signal's number.
 *
 * @param exit ends the process
 */
export function onStopSignal(begin: () => void, exit: (code: number) => void): void {
  let isFirst = true
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!isFirst) exit(128 + constants.signals[signal])
      isFirst = false
      begin()
    })
  }
}
