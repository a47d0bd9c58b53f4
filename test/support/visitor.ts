/** A visitor with a cookie jar as small as a browser's: cookies beyond 4,096 bytes are dropped and the old one stays. */

import type { HistoryReply } from '../../src/wire.ts'

const MAX_NAME_AND_VALUE_BYTES = 4096

type Reach = (url: string, init: RequestInit) => Response | Promise<Response>

export interface Visitor {
  get(path: string): Promise<Response>
  /** Posts JSON. */
  post(path: string, body?: object): Promise<Response>
  /** Posts JSON and asks for events. */
  stream(body: object, signal?: AbortSignal): Promise<Response>
  /** Posts a form, as a page without a script does, and follows no redirect. */
  submit(path: string, fields: Record<string, string>): Promise<Response>
  /** Sends a message and gives back the reply. Throws when there is none. */
  say(message: string): Promise<string>
  /** The whole conversation as `GET /history` gives it. */
  history(): Promise<HistoryReply>
  /** The page's HTML. */
  page(): Promise<string>
  /** The `Cookie` header as it would be sent. */
  cookie(): string
  setCookie(header: string): void
}

/**
 * @param url where the app is, without a slash at the end
 * @param reach how requests get there: over the network, or into an app in this process
 */
export function createVisitor(url: string, reach: Reach = fetch): Visitor {
  let cookie = ''

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (cookie) headers.set('Cookie', cookie)
    const response = await reach(url + path, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const pair = line.split(';')[0] ?? ''
      if (pair.length <= MAX_NAME_AND_VALUE_BYTES) cookie = pair
    }
    return response
  }

  const post = (path: string, body: object = {}) =>
    send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })

  return {
    get: (path) => send(path),
    post,
    stream: (body, signal) =>
      send('/chat', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
        body: JSON.stringify(body),
        ...(signal && { signal }),
      }),
    submit: (path, fields) => send(path, { method: 'POST', body: new URLSearchParams(fields) }),
    async say(message) {
      const response = await post('/chat', { message })
      const text = await response.text()
      const body: { reply?: string } = JSON.parse(text)
      if (body.reply === undefined) throw new Error(`No reply: ${text}`)
      return body.reply
    },
    history: async () => {
      const history: HistoryReply = JSON.parse(await (await send('/history')).text())
      return history
    },
    page: async () => (await send('/')).text(),
    cookie: () => cookie,
    setCookie(header) {
      cookie = header
    },
  }
}
