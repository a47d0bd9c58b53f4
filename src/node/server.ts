/**
 * The HTTP server: how long it waits for a request, how long for a reader, and what it answers to
 * what is no HTTP. A slow client costs a socket for a bounded time, and the memory of one answer.
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener, RequestError } from '@hono/node-server'
import { AppError, type ErrorCode, errorFields, shuttingDown, toWire } from '../errors.ts'
import type { Log } from '../log.ts'
import type { ErrorReply } from '../wire.ts'
import { type Connections, serveInTurn } from './connections.ts'

export interface ServerOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly log: Log
  /** A connection on which nothing could be sent or received for so long is cut. */
  readonly silenceMs: number
  /** Longest time for a request's headers to arrive. 15,000. */
  readonly headersMs?: number
  /** Longest time for a whole request to arrive. 60,000. */
  readonly requestMs?: number
  /** How often both are looked at. 5,000. */
  readonly checkMs?: number
}

export interface NodeServer {
  /** Not listening yet. */
  readonly server: Server
  readonly connections: Connections
}

/**
 * Load balancers close an idle connection after 60 seconds. They must be the first to close it, so
 * we wait longer.
 */
const KEEP_ALIVE_MS = 65_000

/** What Node's parser gives up on, as status, code and sentence. Anything else is a bad request. */
const CLIENT_ERRORS: Readonly<Record<string, readonly [string, ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'too_large',
    'The headers of this request are too large. Deleting the cookies of this site may help.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    '413 Payload Too Large',
    'too_large',
    'The body of this request is too large.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'bad_request',
    'The request took too long to arrive. Please try again.',
  ],
}
const BAD_REQUEST = ['400 Bad Request', 'bad_request', 'This is not a valid request.'] as const

export function createNodeServer({
  fetch,
  log,
  silenceMs,
  headersMs = 15_000,
  requestMs = 60_000,
  checkMs = 5000,
}: ServerOptions): NodeServer {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node's own answer to a request without one is no JSON.
    requireHostHeader: false,
  })
  server.setTimeout(silenceMs)
  const listener = getRequestListener(fetch, { errorHandler: (error) => answerThrown(error, log) })
  const connections = serveInTurn(server, listener, (request, response) =>
    refuse(request, response, log),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // In the middle of another answer, these bytes would spoil that answer.
    const mayAnswer = socket.writable && connections.mayRefuse(socket as Socket)
    if (mayAnswer && error.code !== 'ECONNRESET') socket.write(toAnswer(error.code ?? '', log))
    socket.destroy()
  })
  return { server, connections }
}

/**
 * Answers that the server stops. It waits until the request has arrived: a connection that is
 * closed earlier loses the answer.
 */
function refuse(request: IncomingMessage, response: ServerResponse, log: Log): void {
  const requestId = randomUUID()
  const { status, code, sentence, retryAfterSeconds } = toWire(shuttingDown())
  log('info', 'refused', { requestId, status, code })
  request.resume()
  request.once('end', () => {
    const body = JSON.stringify({ error: sentence, code, requestId } satisfies ErrorReply)
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'Retry-After': String(retryAfterSeconds),
      Connection: 'close',
    })
    response.end(body)
  })
}

/** Answers what no app has seen, such as a `Host` that is none, or what an app threw. */
function answerThrown(error: unknown, log: Log): Response {
  const requestId = randomUUID()
  const isRequest = error instanceof RequestError
  const { status, code, sentence } = toWire(new AppError(isRequest ? 'bad_request' : 'internal'))
  const fields = isRequest ? { detail: 'no valid address or Host' } : errorFields(error)
  log(isRequest ? 'info' : 'error', 'bad_request', { requestId, status, ...fields })
  const reply = { error: isRequest ? BAD_REQUEST[2] : sentence, code, requestId }
  return Response.json(reply satisfies ErrorReply, { status })
}

/** The whole answer as text: a request that the parser gave up on has no response object. */
function toAnswer(parserCode: string, log: Log): string {
  const [status, code, sentence] = CLIENT_ERRORS[parserCode] ?? BAD_REQUEST
  const requestId = randomUUID()
  log('info', 'bad_request', { requestId, status: Number(status.slice(0, 3)), detail: parserCode })
  const body = JSON.stringify({ error: sentence, code, requestId } satisfies ErrorReply)
  const headers = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}

/** A host and port as the address bar takes them. A wildcard becomes the machine's own name. */
export function toAddress(host: string, port: number): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(host)) return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
