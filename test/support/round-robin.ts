/** A load balancer: hands each connection to the next of its servers, and to another one when that refuses. */

import { createServer, request } from 'node:http'
import { type Listening, listen } from './listen.ts'

/** @param targets addresses without a slash at the end */
export function startRoundRobin(targets: readonly string[]): Promise<Listening> {
  let next = 0
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => pass(targets.length))

    function pass(triesLeft: number): void {
      const target = new URL(incoming.url ?? '/', targets[next % targets.length])
      next += 1
      const { method, headers } = incoming
      const inner = request(target, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
        answer.on('error', () => outgoing.destroy())
      })
      inner.on('error', () => {
        if (outgoing.headersSent || triesLeft === 1) outgoing.destroy()
        else pass(triesLeft - 1)
      })
      outgoing.on('close', () => inner.destroy())
      inner.end(Buffer.concat(chunks))
    }
  })
  return listen(server)
}
