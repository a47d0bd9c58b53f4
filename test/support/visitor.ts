/** A visitor whose browser has a cookie jar like any other's, and who talks to one conversation: the root's, or one below `/c/<id>`. */

import type { ConversationsReply, HistoryReply, NewReply } from '../../src/wire.ts'
import { createJar, type Jar } from './jar.ts'

/** A browser ends longer chains, and so does a visitor. */
const MAX_REDIRECTS = 20

type Reach = (url: string, init: RequestInit) => Response | Promise<Response>

/** Where a visitor's conversation lives: at the root, or at an address of its own. */
export type At = 'root' | 'own'

/** Every suite that is about chatting runs at both. */
export const PLACES: readonly At[] = ['root', 'own']

export interface Visitor {
  /** The addresses of the conversation begin with it: empty at the root, else `/c/<id>`. */
  base(): Promise<string>
  get(path: string): Promise<Response>
  /** Posts JSON. */
  post(path: string, body?: object): Promise<Response>
  /** Posts JSON and asks for events. */
  stream(body: object, signal?: AbortSignal): Promise<Response>
  /** Posts a form, as a page without a script does, and follows no redirect. */
  submit(path: string, fields: Record<string, string>): Promise<Response>
  /** The same, and goes where the answers lead; the last answer. */
  follow(path: string, fields: Record<string, string>): Promise<Followed>
  /** Sends a message and gives back the reply. Throws when there is none. */
  say(message: string): Promise<string>
  /** The whole conversation as `GET /history` gives it. */
  history(): Promise<HistoryReply>
  /** What was said in it, from old to new. Throws when not all of it is there. */
  said(): Promise<readonly string[]>
  /** The page's HTML. */
  page(): Promise<string>
  /** The `Cookie` header as it would be sent to the conversation's address. */
  cookie(): string
  /** Makes all cookies that go to the conversation's address be these. */
  setCookie(header: string): void
  /** The same browser in another of its conversations. */
  in(base: string): Visitor
  /** A request to any address of the site, with the cookies that belong there. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** The list of conversations. */
  list(): Promise<ConversationsReply['conversations']>
  readonly jar: Jar
  /** The longest `Cookie` header that this browser has sent so far. */
  longestHeader(): number
}

export interface Followed {
  readonly response: Response
  /** All addresses on the way, the last one's included. */
  readonly paths: readonly string[]
}

interface Browser {
  readonly jar: Jar
  readonly longestHeader: () => number
  send(path: string, init?: RequestInit): Promise<Response>
}

/**
 * @param url where the app is, without a slash at the end
 * @param reach how requests get there: over the network, or into an app in this process
 * @param at where the conversation lives; at the root unless given
 */
export function createVisitor(url: string, reach: Reach = fetch, at: At = 'root'): Visitor {
  const browser = createBrowser(url, reach)
  return createVisitorIn(browser, at === 'root' ? '' : null)
}

function createBrowser(url: string, reach: Reach): Browser {
  const jar = createJar()
  let longest = 0
  return {
    jar,
    longestHeader: () => longest,
    async send(path, init = {}) {
      const headers = new Headers(init.headers)
      const cookie = jar.header(path.split(/[?#]/, 1)[0] ?? '/')
      longest = Math.max(longest, cookie.length)
      if (cookie) headers.set('Cookie', cookie)
      const response = await reach(url + path, { ...init, headers, redirect: 'manual' })
      for (const line of response.headers.getSetCookie()) jar.take(line)
      return response
    },
  }
}

/** @param known null for a fresh address, which the server is asked for at the first request */
function createVisitorIn(browser: Browser, known: string | null): Visitor {
  const { jar, send, longestHeader } = browser
  let base = known
  let asked: Promise<string> | null = null
  const findBase = async (): Promise<string> => {
    asked ??= base === null ? issue(browser) : Promise.resolve(base)
    base = await asked
    return base
  }
  /** `/` is the page, which has no slash below an address. */
  const below = async (path: string): Promise<string> => {
    const found = await findBase()
    return found === '' ? path : found + path.replace(/^\/(?=$|\?)/, '')
  }
  const home = (): string => base || '/'

  const sendBelow = async (path: string, init: RequestInit = {}) => send(await below(path), init)
  const post = (path: string, body: object = {}) => sendBelow(path, jsonOf(body))
  const history = async (): Promise<HistoryReply> =>
    JSON.parse(await (await sendBelow('/history')).text())

  return {
    base: findBase,
    get: (path) => sendBelow(path),
    post,
    async stream(body, signal) {
      const { headers, ...init } = jsonOf(body)
      const wanted = { ...headers, Accept: 'text/event-stream' }
      return sendBelow('/chat', { ...init, headers: wanted, ...(signal && { signal }) })
    },
    submit: (path, fields) =>
      sendBelow(path, { method: 'POST', body: new URLSearchParams(fields) }),
    follow: async (path, fields) =>
      followFrom(browser, await below(path), {
        method: 'POST',
        body: new URLSearchParams(fields),
      }),
    async say(message) {
      const response = await post('/chat', { message })
      const text = await response.text()
      const body: { reply?: string } = JSON.parse(text)
      if (body.reply === undefined) throw new Error(`No reply: ${text}`)
      return body.reply
    },
    history,
    async said() {
      const { turns, forgotten, unreadable = 0 } = await history()
      if (forgotten + unreadable > 0) throw new Error(`Not all is there of ${home()}`)
      return turns.map(({ content }) => content)
    },
    page: async () => (await sendBelow('/')).text(),
    cookie: () => jar.header(home()),
    setCookie(header) {
      jar.clear(home())
      for (const pair of header.split('; ')) {
        const name = pair.split('=', 1)[0] ?? ''
        const isOwn = /^(chat_dev_c|__Secure-chat)$/.test(name)
        if (pair !== '') jar.put({ name, pair, path: isOwn ? home() : '/' })
      }
    },
    in: (other) => createVisitorIn(browser, other),
    fetch: send,
    list: async () => {
      const reply: ConversationsReply = JSON.parse(await (await send('/conversations')).text())
      return reply.conversations
    },
    jar,
    longestHeader,
  }
}

async function issue({ send }: Browser): Promise<string> {
  const { id }: NewReply = JSON.parse(await (await send('/new', jsonOf({}))).text())
  return `/c/${id}`
}

function jsonOf(body: object) {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }
}

async function followFrom(browser: Browser, from: string, init: RequestInit): Promise<Followed> {
  const paths = [from]
  let response = await browser.send(from, init)
  for (let left = MAX_REDIRECTS; response.status === 303 && left > 0; left--) {
    const location = new URL(response.headers.get('Location') ?? '', `http://x${paths.at(-1)}`)
    const path = location.pathname + location.search
    paths.push(path)
    await response.body?.cancel()
    response = await browser.send(path, { headers: { Accept: 'text/html' } })
  }
  return { response, paths }
}
