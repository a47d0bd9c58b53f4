/**
 * HTTP as a browser on a bad line speaks it: a reader who stops reading really does not read, and whoever leaves does so at the
 * moment and in the way that was asked for. `fetch` can do neither.
 */

import { Agent, type IncomingMessage, request as send } from 'node:http'

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type LeavingWay = 'reset' | 'close' | 'half close'

export interface Leaving {
  readonly afterMs: number
  readonly way: LeavingWay
}

/** What a reader does after a piece: reads on, does not read for a while, or leaves. */
export type Next =
  | { readonly do: 'read' }
  | { readonly do: 'stall'; readonly ms: number }
  | { readonly do: 'leave'; readonly way: LeavingWay }

export interface Reader {
  /** Called once, when the headers have come. */
  head(response: IncomingMessage): void
  /** Called with each piece of text. */
  piece(text: string): Next
}

/** How it ended: with the answer's end, by the visitor's leaving, or because the other side broke off. */
export type Ending =
  | { readonly kind: 'complete' }
  | { readonly kind: 'left' }
  | { readonly kind: 'broken'; readonly why: string }

export interface Client {
  exchange(request: Request, reader: Reader, leaving?: Leaving): Promise<Ending>
  /** Leaves whatever is open. */
  leaveAll(): void
  close(): void
}

/** Connections that are idle for longer are closed by us, before a server would. */
const IDLE_MS = 2000
/** A half-closed connection is closed altogether after this time. */
const HALF_CLOSED_MS = 1000

/** @param url without a slash at the end */
export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS })
  const leavers = new Set<() => void>()

  function exchange(request: Request, reader: Reader, leaving?: Leaving): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>()
    const { method, path, headers, body } = request
    const length = { 'Content-Length': String(Buffer.byteLength(body)) }
    const sent = send(url + path, { agent, method, headers: { ...headers, ...length } })
    const timers = new Set<NodeJS.Timeout>()
    const after = (ms: number, then: () => void): unknown => timers.add(setTimeout(then, ms))
    let left = false

    function finish(ending: Ending): void {
      for (const timer of timers) clearTimeout(timer)
      leavers.delete(leaveNow)
      resolve(left ? { kind: 'left' } : ending)
    }
    function leave(way: LeavingWay): void {
      left = true
      if (way === 'half close') {
        sent.socket?.end()
        after(HALF_CLOSED_MS, () => leave('close'))
      } else {
        if (way === 'reset') sent.socket?.resetAndDestroy()
        sent.destroy()
        finish({ kind: 'left' })
      }
    }
    const leaveNow = () => leave('close')
    const broken = (why: string) => finish({ kind: 'broken', why })

    leavers.add(leaveNow)
    if (leaving) after(leaving.afterMs, () => leave(leaving.way))
    sent.on('error', (error) => broken(error.message))
    sent.on('response', (response) => {
      reader.head(response)
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        if (left) return
        const next = reader.piece(text)
        if (next.do === 'leave') leave(next.way)
        if (next.do !== 'stall') return
        response.pause()
        after(next.ms, () => response.resume())
      })
      response.on('error', (error) => broken(error.message))
      response.on('end', () => finish({ kind: 'complete' }))
      response.on('close', () => broken('closed before the end'))
    })
    sent.end(body)
    return promise
  }

  return {
    async exchange(request, reader, leaving) {
      let began = false
      const first = await exchange(
        request,
        {
          ...reader,
          head: (response) => {
            began = true
            reader.head(response)
          },
        },
        leaving,
      )
      // A server may close an idle connection in the moment in which it is used again.
      const stale = first.kind === 'broken' && !began && /ECONNRESET|socket hang up/.test(first.why)
      return stale ? exchange(request, reader, leaving) : first
    },
    leaveAll() {
      for (const leave of leavers) leave()
    },
    close: () => agent.destroy(),
  }
}
