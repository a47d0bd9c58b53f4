/** Stands before a model server and keeps what it is asked, so that a test can show the prompt that really went out. */

import { request as ask, createServer } from 'node:http'
import { type Listening, listen } from '../support/listen.ts'

export interface RecordingProxy extends Listening {
  /** The bodies of all requests so far, oldest first. */
  readonly bodies: readonly string[]
  /** From now on requests go there. */
  sendTo(target: string): void
}

/**
 * Starts the proxy on a free port of the loopback interface. Bytes and headers pass as they are, and who leaves on one side
 * leaves on the other.
 *
 * @param first where requests go: `http://HOST:PORT`
 */
export async function startRecordingProxy(first: string): Promise<RecordingProxy> {
  const bodies: string[] = []
  let target = first
  const listening = await listen(
    createServer((request, response) => {
      const { method, headers, url = '/' } = request
      const upstream = ask(target + url, { method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.once('error', () => response.destroy())
      })
      upstream.once('error', () => response.destroy())
      response.once('close', () => upstream.destroy())
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.once('end', () => bodies.push(Buffer.concat(chunks).toString()))
      request.pipe(upstream)
    }),
  )
  return {
    ...listening,
    bodies,
    sendTo(next) {
      target = next
    },
  }
}
