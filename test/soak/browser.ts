/** A visitor's browser: its cookies, what its conversation must be after each answer, and requests that keep both up to date. */

import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { SETTLED_HEADER } from '../../src/wire.ts'
import type { SoakedApp } from './app.ts'
import { createClient, type Ending, type Leaving, type Next } from './client.ts'
import { createReference, type HeldReceipt, type Reference, type SeenTurn } from './reference.ts'
import type { Report } from './report.ts'

export interface BrowserRequest {
  readonly path: '/' | '/chat' | '/chat/commit' | '/reset' | '/history'
  /** Null for a GET. */
  readonly body: object | URLSearchParams | null
  readonly accept?: string
  /** What the body brings along. */
  readonly receipts?: readonly HeldReceipt[]
  /** The turn that the conversation has more if the answer is a success. */
  readonly adds?: SeenTurn
}

export interface Answer {
  readonly ending: Ending
  /** 0 where no headers came. */
  readonly status: number
  /** Positions of the request's receipts that can be thrown away. */
  readonly settled: readonly number[]
  readonly text: string
}

export interface Browser {
  readonly reference: Reference
  /**
   * @param piece given each piece of a successful answer, which is then not kept
   */
  send(request: BrowserRequest, piece?: (text: string) => Next, leaving?: Leaving): Promise<Answer>
  /** Leaves whatever is open. */
  leaveAll(): void
  close(): void
}

const DYING_MS = 300

export function createBrowser({ url, dead }: SoakedApp, report: Report): Browser {
  const client = createClient(url)
  const reference = createReference()
  const jar = new Map<string, string>()

  /** Takes the answer's cookies; true if there are any. */
  function takeCookies({ headers }: IncomingMessage): boolean {
    const lines = headers['set-cookie'] ?? []
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      jar.set(pair.slice(0, pair.indexOf('=')), pair)
    }
    return lines.length > 0
  }

  function settle(request: BrowserRequest, response: IncomingMessage): readonly number[] {
    const isNew = jar.size === 0
    const tookCookie = takeCookies(response)
    const status = response.statusCode ?? 0
    if (tookCookie && status >= 400) report.fails(`an answer ${status} sets a cookie`)
    const named = String(response.headers[SETTLED_HEADER.toLowerCase()] ?? '')
    const settled = named === '' ? [] : named.split(',').map(Number)
    if (tookCookie && (isNew || request.path === '/reset')) reference.begin()
    const wrong = reference.merge(request.receipts ?? [], settled, tookCookie)
    if (wrong !== '') report.fails(wrong)
    if (request.adds && tookCookie && status < 400) reference.add(request.adds)
    return settled
  }

  return {
    reference,
    async send(request, piece, leaving) {
      let status = 0
      let settled: readonly number[] = []
      let text = ''
      const ending = await client.exchange(
        { method: request.body ? 'POST' : 'GET', path: request.path, ...contentOf(request, jar) },
        {
          head(response) {
            status = response.statusCode ?? 0
            settled = settle(request, response)
          },
          piece(more) {
            if (piece && status === 200) return piece(more)
            text += more
            return { do: 'read' }
          },
        },
        leaving,
      )
      // Connections break a moment before it is known that the app has ended.
      if (ending.kind === 'broken')
        await sleep(DYING_MS, undefined, { signal: dead }).catch(() => {})
      return { ending, status, settled, text }
    },
    leaveAll: client.leaveAll,
    close: client.close,
  }
}

function contentOf(
  { body, accept = 'application/json' }: BrowserRequest,
  jar: ReadonlyMap<string, string>,
): { readonly headers: Record<string, string>; readonly body: string } {
  const isForm = body instanceof URLSearchParams
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json'
  const headers = {
    Accept: accept,
    ...(body && { 'Content-Type': type }),
    ...(jar.size > 0 && { Cookie: [...jar.values()].join('; ') }),
  }
  return { headers, body: isForm ? body.toString() : body ? JSON.stringify(body) : '' }
}
