/**
 * What stands in front of an app: a proxy that can lose cookies, answer by itself, break streams
 * off and lead to another app.
 */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type Listening, listen } from './listen.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface Front extends Listening {
  /** Where requests go from now on. */
  leadTo(target: string): void
  /** What the front answers by itself from now on; undefined for what it passes on. */
  answerBy(choose: (method: string, path: string) => Answer | undefined): void
  /** Ends every answer that is on its way, after these last words; null cuts the connections. */
  breakOff(lastWords: string | null): void
}

/**
 * @param target address without a slash at the end
 * @param keepsCookies false for a visitor whose browser keeps none
 */
export async function startFront(target: string, keepsCookies = true): Promise<Front> {
  let current = target
  let choose: (method: string, path: string) => Answer | undefined = () => undefined
  const open = new Map<ServerResponse, () => void>()

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers } = incoming
    const inner = request(new URL(incoming.url ?? '/', current), { method, headers }, (answer) => {
      const kept = Object.entries(answer.headers).filter(
        ([name]) => keepsCookies || name !== 'set-cookie',
      )
      outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept))
      outgoing.flushHeaders()
      answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
      open.set(outgoing, () => answer.unpipe(outgoing))
    })
    inner.on('error', () => outgoing.destroy())
    outgoing.on('close', () => {
      open.delete(outgoing)
      inner.destroy()
    })
    incoming.pipe(inner)
  }

  const listening = await listen(
    createServer((incoming, outgoing) => {
      const own = choose(incoming.method ?? '', (incoming.url ?? '').replace(/\?.*/, ''))
      if (!own) return pass(incoming, outgoing)
      incoming.resume()
      outgoing.writeHead(own.status, { 'Content-Type': 'text/html', ...own.headers })
      outgoing.end(own.body)
    }),
  )
  return {
    ...listening,
    leadTo(next) {
      current = next
    },
    answerBy(next) {
      choose = next
    },
    breakOff(lastWords) {
      for (const [outgoing, detach] of open) {
        detach()
        if (lastWords === null) outgoing.destroy()
        else outgoing.end(lastWords)
      }
    },
  }
}
