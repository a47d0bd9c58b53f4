/** Somebody who asks for many files on one connection, reads nothing, and leaves. */

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** So many requests, one after the other without waiting. */
const REQUESTS = 60
const UNREAD_MS = 3000

/**
 * Leaves after `UNREAD_MS`, or sooner by the signal.
 *
 * @param url where the app is
 */
export async function askAndReadNothing(url: string, early: AbortSignal): Promise<void> {
  const { hostname, port, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  // Whatever becomes of the connection: nobody waits for anything.
  socket.on('error', () => {})
  socket.pause()
  socket.write(`GET /app.js HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(REQUESTS))
  await sleep(UNREAD_MS, undefined, { signal: early }).catch(() => {})
  socket.resetAndDestroy()
}
