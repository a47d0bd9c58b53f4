/** A TCP connection on which a test writes HTTP byte by byte, and reads or does not read. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface RawConnection {
  readonly socket: Socket
  /** What came so far. */
  received(): string
  /** True once the other side has ended or cut the connection. Without reading, one cannot know. */
  isClosed(): boolean
}

export interface RawOptions {
  /** Reads what comes; true unless given. */
  readonly reads?: boolean
}

/** Connects to a server of this machine. The connection is ended with the test. */
export async function openRaw(
  url: string,
  { reads = true }: RawOptions = {},
): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ''
  let closed = false
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  if (reads) socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return { socket, received: () => received, isClosed: () => closed }
}

/** A request as it travels. */
export function toRequest(
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): string {
  const text = body === undefined ? '' : JSON.stringify(body)
  const all = {
    Host: '127.0.0.1',
    ...(body && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
    }),
    ...headers,
  }
  const lines = Object.entries(all).map((pair) => pair.join(': '))
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${text}`
}
