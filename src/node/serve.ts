/** Listens, and ends in good order: what the process does between its start and its end. */

import type { NodeSettings } from '../settings/settings.ts'
import type { Notices } from './notices.ts'
import { createNodeServer, toAddress } from './server.ts'
import { createShutdown, onStopSignal, type Shutdown } from './shutdown.ts'

export interface ServeOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly wanted: Pick<NodeSettings, 'host' | 'port' | 'shutdownSeconds'>
  /** Longest time that a turn may take, in milliseconds. */
  readonly turnMs: number
  readonly notices: Notices
  /** Tells open replies that they must end now. */
  readonly stopping: AbortController
  /** Closes the store, once nothing is answered any more. */
  readonly close: () => void
  /**
   * Called once, when the server listens.
   *
   * @param address as a browser's address bar takes it
   */
  readonly onListening: (address: string) => void
}

/** How much longer than a turn a connection may be silent: the app itself ends a slow turn. */
const SILENCE_MARGIN_MS = 5000

/**
 * Serves until SIGINT or SIGTERM, then waits for open replies. A host or port that cannot be used
 * ends the process with a sentence.
 */
export function serve(options: ServeOptions): Shutdown {
  const { fetch, wanted, turnMs, notices, stopping, close, onListening } = options
  const { host, port, shutdownSeconds } = wanted
  const silenceMs = turnMs + SILENCE_MARGIN_MS
  const { server, connections } = createNodeServer({ fetch, log: notices.log, silenceMs })
  const exit = (code: number): never => process.exit(code)
  const graceMs = shutdownSeconds * 1000
  const shutdown = createShutdown({ server, connections, graceMs, stopping, close, exit })
  onStopSignal(() => {
    const open = connections.answering()
    const wait = `Waiting up to ${shutdownSeconds} seconds for ${open} open; another Ctrl-C stops at once.`
    notices.tell('info', 'stopping', open > 0 ? wait : 'Stopping.', { open })
    shutdown.begin(0)
  }, exit)
  server.on('error', (error: NodeJS.ErrnoException) => {
    // Later ones are of a single connection that could not be taken.
    if (server.listening) notices.log('error', 'accept_failed', { detail: error.code ?? '' })
    else notices.fail([whyNotListening(error.code, wanted)])
  })
  server.listen(port, host, () => {
    const address = server.address()
    const chosen = typeof address === 'object' && address !== null ? address.port : port
    onListening(toAddress(host, chosen))
  })
  return shutdown
}

function whyNotListening(
  code: string | undefined,
  { host, port }: Pick<NodeSettings, 'host' | 'port'>,
): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use: stop the other program, or set PORT to another number.`
  }
  if (code === 'EACCES') {
    return `Port ${port} may not be used by this user: set PORT to 1024 or more.`
  }
  return `Cannot listen on ${host}, port ${port} (${code ?? 'unknown reason'}): check HOST and PORT.`
}
