/**
 * One request at a time on each connection. A client may send hundreds at once without reading an
 * answer (pipelining, RFC 9112 §9.3.2). Node hands out all of them together, and each would hold
 * its answer in memory and its request to the model.
 *
 *     bytes → Node's parser → [answering] ← [waiting, waiting, …]
 *
 * The next request begins when the answer is sent or cut.
 */

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * How many requests may wait on one connection. A connection with more is closed. Node parses up to
 * 64 KiB before it stops reading, which can be 2,500 requests. Browsers and proxies send none
 * ahead.
 */
const MAX_WAITING = 100

/** What Node's `onIncoming` answers its parser to end the parsing (lib/_http_common.js). */
const PARSED_AS_UPGRADE = 2

export interface Connections {
  /** How many requests are being answered now. */
  answering(): number
  /**
   * True when a refusal of what this connection sends would be read as the answer to it: there is
   * no request, or the one there is has not arrived, nor its answer begun.
   */
  mayRefuse(socket: Socket): boolean
  /**
   * Takes no further work. Closes idle connections now, and each other connection after its answer.
   * A request that comes nevertheless goes to the listener for refusals. Safe to call again.
   */
  drain(): void
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Connection {
  readonly socket: Socket
  current: Exchange | null
  readonly waiting: Exchange[]
}

/**
 * Makes a server answer one request at a time on each connection.
 *
 * @param answer answers a request
 * @param refuse answers one that comes after `drain`
 */
export function serveInTurn(
  server: Server,
  answer: RequestListener,
  refuse: RequestListener,
): Connections {
  const connections = new Map<Socket, Connection>()
  let draining = false

  function begin(connection: Connection, exchange: Exchange): void {
    connection.current = exchange
    exchange.response.once('close', () => end(connection))
    const listener = draining ? refuse : answer
    listener(exchange.request, exchange.response)
  }

  function end(connection: Connection): void {
    connection.current = null
    const next = connection.socket.destroyed ? undefined : connection.waiting.shift()
    if (next) begin(connection, next)
    else if (draining) connection.socket.destroySoon()
  }

  server.on('connection', (socket) => {
    connections.set(socket, { socket, current: null, waiting: [] })
    socket.once('close', () => connections.delete(socket))
    // The system had accepted this connection before the server was closed.
    if (draining) socket.destroySoon()
  })
  server.on('request', (request, response) => {
    const connection = connections.get(request.socket)
    if (!connection) return
    if (connection.current === null) begin(connection, { request, response })
    else if (connection.waiting.length < MAX_WAITING) connection.waiting.push({ request, response })
    else {
      stopParsing(connection.socket)
      connection.socket.destroy()
    }
  })

  return {
    answering: () => [...connections.values()].filter(({ current }) => current !== null).length,
    mayRefuse(socket) {
      const current = connections.get(socket)?.current ?? null
      return current === null || !(current.request.complete || current.response.headersSent)
    },
    drain() {
      draining = true
      for (const { socket, current } of connections.values()) {
        if (current === null) socket.destroySoon()
        // Adds `Connection: close` where the headers have not left yet.
        else current.response.shouldKeepAlive = false
      }
    },
  }
}

/**
 * Stops Node's parser in the middle of what it has read, as Node itself does at an `Upgrade`.
 * Without this it makes objects of all other requests in there, hundreds of them, and keeps them
 * until the socket is closed. A Node whose sockets have no such parser does without. Node cleans
 * the parser before another socket gets it.
 */
function stopParsing(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, 'parser')
  if (typeof parser !== 'object' || parser === null) return
  if (typeof Reflect.get(parser, 'onIncoming') !== 'function') return
  Reflect.set(parser, 'onIncoming', () => PARSED_AS_UPGRADE)
}
