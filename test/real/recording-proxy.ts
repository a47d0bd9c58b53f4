/** Stands before a model server and keeps what it is asked, so that a test can show the prompt that really went out. */

import { createServer } from 'node:http'
import { type Listening, listen } from '../support/listen.ts'

export interface RecordingProxy extends Listening {
  /** The bodies of all requests so far, oldest first. */
  readonly bodies: readonly string[]
}

/** Starts the proxy on a free port of the loopback interface. */
export async function startRecordingProxy(target: string): Promise<RecordingProxy> {
  const bodies: string[] = []
  const listening = await listen(
    createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const body = Buffer.concat(chunks).toString()
      bodies.push(body)
      const headers = { 'Content-Type': 'application/json' }
      const answer = await fetch(target + request.url, { method: 'POST', headers, body })
      response.writeHead(answer.status, headers)
      response.end(await answer.text())
    }),
  )
  return { ...listening, bodies }
}
