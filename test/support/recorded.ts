/** What the fake model server was asked, by a mark in the message. Plain `fetch`, so that it works in every runtime. */

import type { RecordedRequest } from './model-server.ts'

/**
 * The requests that held the mark, oldest first.
 *
 * @param server address of the fake model server
 */
export async function recorded(server: string, mark: string): Promise<readonly RecordedRequest[]> {
  const response = await fetch(`${server}/requests?mark=${encodeURIComponent(mark)}`)
  // Our own server's answer in our own types.
  return response.json() as Promise<RecordedRequest[]>
}
