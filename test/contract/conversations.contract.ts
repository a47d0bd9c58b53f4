/** Conversations at addresses of their own: list, names, copies, forks, imports, parking. One suite for every runtime. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import type { StartApp, StartedApp } from '../support/start.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const server = inject('modelServer')
const UNKNOWN = '/c/AAAAAAAAAAAAAAAA'
const FORM = 'application/x-www-form-urlencoded'
/** What nginx takes in one line (https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers). */
const MAX_LINE_BYTES = 8192

/** Registers the suite for one runtime. */
export function describeConversations(runtime: string, start: StartApp): void {
  describe(`conversations on ${runtime}`, () => {
    let app: StartedApp
    beforeAll(async () => {
      app = await start({ HF_MODEL_URL: `${server}/v1`, SHARE: 'on', MAX_CONVERSATIONS: '40' })
    })
    afterAll(() => app.close())

    const newVisitor = (at: 'root' | 'own' = 'own') => createVisitor(app.url, fetch, at)
    async function visitorWith(...messages: string[]): Promise<Visitor> {
      const visitor = newVisitor()
      for (const message of messages) await visitor.say(message)
      return visitor
    }
    const titlesOf = async (visitor: Visitor) => (await visitor.list()).map(({ title }) => title)
    const page = (visitor: Visitor, path: string) =>
      visitor.fetch(path, { headers: { Accept: 'text/html' } })
    /** The conversation that an answer with an id tells of. */
    async function opened(visitor: Visitor, response: Response): Promise<Visitor> {
      expect(response.status).toBe(200)
      const { id }: { id: string } = JSON.parse(await response.text())
      expect(id).toMatch(/^[\w-]{16}$/)
      return visitor.in(`/c/${id}`)
    }
    /** The conversation that a form's answer leads to. */
    function ledTo(visitor: Visitor, response: Response): Visitor {
      expect(response.status).toBe(303)
      const location = response.headers.get('Location') ?? ''
      expect(location).toMatch(/^\/c\/[\w-]{16}#end$/)
      return visitor.in(location.replace('#end', ''))
    }
    async function expectRefused(response: Response, status: number, code: string): Promise<void> {
      expect([response.status, response.headers.getSetCookie()]).toEqual([status, []])
      const error = expect.stringMatching(/\.$/)
      expect(await response.json()).toMatchObject({ code, error })
    }

    describe('the list', () => {
      it('has title and start of each, the newest first, and nothing of the root', async () => {
        const visitor = await visitorWith('[say:x] What is inflation?')
        await visitor.in('').say('asked at the root')
        await new Promise((resolve) => setTimeout(resolve, 1100))
        const other = await opened(visitor, await visitor.fetch('/new', { method: 'POST' }))
        // What the root held has an address now.
        await other.say('## Who decides *that*?')
        const list = await visitor.list()
        expect(list.map(({ title }) => title)).toEqual([
          'Who decides *that*?',
          'asked at the root',
          '[say:x] What is inflation?',
        ])
        expect(`/c/${list[0]?.id}`).toBe(await other.base())
        for (const { startedAt } of list) {
          expect(Math.abs(Date.parse(startedAt) - Date.now())).toBeLessThan(20_000)
        }
        expect(await newVisitor('root').list()).toEqual([])
      })

      it('gets a conversation back that two answers at once have taken out', async () => {
        const visitor = await visitorWith('one')
        const before = visitor.jar.all().filter(({ path }) => path === '/')
        const other = visitor.in(await newVisitor().base())
        await other.say('two')
        for (const cookie of before) visitor.jar.put(cookie)
        expect(await titlesOf(visitor)).toEqual(['one'])
        expect((await page(visitor, await other.base())).status).toBe(200)
        expect((await titlesOf(visitor)).sort()).toEqual(['one', 'two'])
      })

      it('can be filtered by title on the page', async () => {
        const visitor = await visitorWith('about prices')
        await visitor.in(await newVisitor().base()).say('about birds')
        const html = await (await page(visitor, '/?q=PRICE')).text()
        expect([html.includes('about prices'), html.includes('about birds')]).toEqual([true, false])
      })
    })

    describe('an address', () => {
      it('that no conversation has is 404 to programs and to people, and sets no cookie', async () => {
        const visitor = newVisitor('root')
        for (const path of ['', '/history'])
          await expectRefused(await visitor.fetch(UNKNOWN + path), 404, 'not_found')
        for (const path of ['chat', 'chat/commit', 'reset', 'title', 'delete', 'share', 'park']) {
          const init = { method: 'POST', headers: { 'Content-Type': 'application/json' } }
          const body = JSON.stringify({ message: 'x', title: 'x', receipts: ['x'] })
          const response = await visitor.fetch(`${UNKNOWN}/${path}`, { ...init, body })
          await expectRefused(response, 404, 'not_found')
        }
        const person = await page(visitor, UNKNOWN)
        expect([person.status, person.headers.getSetCookie()]).toEqual([404, []])
        expect(await person.text()).toMatch(/^<!DOCTYPE html>.*No conversation of this browser/s)
        const odd = await visitor.fetch('/c/short')
        expect(odd.status).toBe(404)
      })

      it('of another visitor’s conversation opens nothing', async () => {
        const visitor = await visitorWith('parsley')
        const stranger = newVisitor('root').in(await visitor.base())
        await expectRefused(await stranger.get('/history'), 404, 'not_found')
        await stranger.say('Hello')
        expect(await stranger.said()).toEqual(['Hello', 'Reply to 1 of yours.'])
        expect(await visitor.said()).toEqual(['parsley', 'Reply to 1 of yours.'])
      })

      it('of a cookie that is broken is 404, and begins anew with a message', async () => {
        const visitor = await visitorWith('parsley')
        const base = await visitor.base()
        for (const pair of ['chat_dev_c=', 'chat_dev_c=1.x.y', 'chat_dev_c=%00%ff;;;"']) {
          const broken = newVisitor('root').in(base)
          broken.setCookie(pair)
          expect((await broken.get('/')).status, pair).toBe(404)
          expect(await broken.say('Hi')).toBe('Reply to 1 of yours.')
        }
      })

      it('has cookies of its own path, which are secure behind TLS', async () => {
        const visitor = newVisitor()
        const base = await visitor.base()
        const answer = async (headers: Record<string, string>) => {
          const body = JSON.stringify({ message: 'Hi' })
          const type = { 'Content-Type': 'application/json' }
          const init = { method: 'POST', headers: { ...type, ...headers }, body }
          return (await fetch(`${app.url}${base}/chat`, init)).headers.getSetCookie()
        }
        const common = (path: string) => `[\\w.-]+; Max-Age=604800; Path=${path}; HttpOnly; `
        expect(await answer({})).toEqual([
          expect.stringMatching(`^chats_dev=${common('/')}SameSite=Lax$`),
          expect.stringMatching(`^chat_dev_c=${common(base)}SameSite=Lax$`),
        ])
        expect(await answer({ 'X-Forwarded-Proto': 'https' })).toEqual([
          expect.stringMatching(`^__Host-chats=${common('/')}Secure; SameSite=Lax$`),
          expect.stringMatching(`^__Secure-chat=${common(base)}Secure; SameSite=Lax$`),
        ])
      })
    })

    describe('POST /new', () => {
      it('gives what the root held an address, where its receipts go on', async () => {
        const visitor = newVisitor('root')
        await visitor.say('first')
        const { events } = await readEvents(await visitor.stream({ message: 'second' }))
        const receipt = events.at(-1)?.data['receipt']
        const fresh = await opened(visitor, await visitor.post('/new'))
        expect(await visitor.said()).toEqual([])
        const [moved] = await visitor.list()
        const kept = visitor.in(`/c/${moved?.id}`)
        expect(await kept.base()).not.toBe(await fresh.base())
        await expectRefused(
          await visitor.post('/chat/commit', { receipt }),
          409,
          'receipt_conflict',
        )
        expect((await kept.post('/chat/commit', { receipt })).status).toBe(200)
        expect((await kept.said()).filter((_, i) => i % 2 === 0)).toEqual(['first', 'second'])
      })

      it('keeps a long conversation whole, and leads a form to the empty page', async () => {
        const visitor = newVisitor('root')
        const said = Array.from({ length: 8 }, (_, i) => prose(i, 1500))
        for (const message of said) await visitor.say(message)
        const response = await visitor.submit('/new', {})
        expect([response.status, response.headers.get('Location')]).toEqual([303, '/'])
        const [moved] = await visitor.list()
        const kept = await visitor.in(`/c/${moved?.id}`).said()
        expect(kept.filter((_, i) => i % 2 === 0)).toEqual(said)
        expect(moved?.title.slice(0, 20)).toBe(said[0]?.slice(0, 20))
      })

      it('of an empty root puts nothing into the list', async () => {
        const visitor = newVisitor('root')
        await visitor.page()
        await opened(visitor, await visitor.post('/new'))
        expect(await visitor.list()).toEqual([])
      })
    })

    describe('a title', () => {
      it('is the first question until the visitor gives a name, by JSON or by a form', async () => {
        const visitor = await visitorWith('What is it?', 'And then?')
        expect(await titlesOf(visitor)).toEqual(['What is it?'])
        const response = await visitor.post('/title', { title: ' My\nown ' })
        expect([response.status, await response.json()]).toEqual([200, { title: 'My own' }])
        expect(await titlesOf(visitor)).toEqual(['My own'])
        ledTo(visitor, await visitor.submit('/title', { title: '🌍'.repeat(80) }))
        expect(await titlesOf(visitor)).toEqual(['🌍'.repeat(80)])
        await visitor.say('More')
        expect(await titlesOf(visitor)).toEqual(['🌍'.repeat(80)])
        expect(await visitor.said()).toHaveLength(6)
      })

      it.each([
        ['empty', { title: ' \n ' }],
        ['too long', { title: 'x'.repeat(81) }],
        ['a number', { title: 7 }],
        ['missing', {}],
      ])('that is %s is refused, and the old one stays', async (_name, body) => {
        const visitor = await visitorWith('What is it?')
        await expectRefused(await visitor.post('/title', body), 400, 'bad_request')
        expect(await titlesOf(visitor)).toEqual(['What is it?'])
      })
    })

    describe('deleting', () => {
      it('takes turns, cookie and entry, of that conversation alone', async () => {
        const visitor = await visitorWith('parsley')
        const other = visitor.in(await newVisitor().base())
        await other.say('sage')
        const response = await visitor.post('/delete')
        expect([response.status, await response.json()]).toEqual([200, { status: 'deleted' }])
        expect(visitor.jar.all().map(({ path }) => path)).not.toContain(await visitor.base())
        await expectRefused(await visitor.get('/history'), 404, 'not_found')
        expect(await titlesOf(visitor)).toEqual(['sage'])
        expect(await other.said()).toEqual(['sage', 'Reply to 1 of yours.'])
        const form = await other.submit('/delete', {})
        expect([form.status, form.headers.get('Location')]).toEqual([303, '/'])
        expect(await visitor.list()).toEqual([])
      })

      it('takes what was in the store, for an old cookie too', async () => {
        const visitor = await visitorWith(...[1, 2, 3, 4, 5, 6].map((i) => prose(i, 1500)))
        const old = visitor.cookie()
        await visitor.post('/delete')
        visitor.setCookie(old)
        expect((await visitor.history()).unreadable).toBeGreaterThan(0)
      })

      it('takes a name out of the list whose conversation is gone', async () => {
        const visitor = await visitorWith('parsley')
        const base = await visitor.base()
        visitor.jar.take(`chat_dev_c=; Max-Age=0; Path=${base}`)
        expect(await titlesOf(visitor)).toEqual(['parsley'])
        expect((await visitor.post('/delete')).status).toBe(200)
        expect(await visitor.list()).toEqual([])
        await expectRefused(await visitor.post('/delete'), 404, 'not_found')
      })

      it('ends the copy that others read', async () => {
        const visitor = await visitorWith('parsley')
        const { url } = JSON.parse(await (await visitor.post('/share')).text())
        await visitor.post('/delete')
        expect((await fetch(app.url + url)).status).toBe(404)
      })
    })

    describe('sharing', () => {
      async function shared(...messages: string[]) {
        const visitor = await visitorWith(...messages)
        const response = await visitor.post('/share')
        const { url }: { url: string } = JSON.parse(await response.text())
        expect(url).toMatch(/^\/s\/[0-9a-f]{32}$/)
        return { visitor, url }
      }

      it('shows what was there then, to anyone, without a cookie, and to no search engine', async () => {
        const { visitor, url } = await shared('parsley <b>')
        await visitor.say('said later')
        const response = await fetch(app.url + url)
        const html = await response.text()
        expect(response.status).toBe(200)
        expect(response.headers.get('X-Robots-Tag')).toBe('noindex')
        expect(response.headers.getSetCookie()).toEqual([])
        expect(html).toContain('parsley &lt;b&gt;')
        expect(html).toContain('Reply to 1 of yours.')
        expect(html).not.toContain('said later')
        expect(html).not.toContain(await visitor.base())
        expect(JSON.parse(await (await visitor.post('/share')).text())).toEqual({ url })
      })

      it('goes on in a conversation of the reader’s own, by JSON and by a form', async () => {
        const { visitor, url } = await shared('parsley')
        const reader = newVisitor('root')
        const own = await opened(reader, await reader.post(`${url}/continue`))
        expect(await own.said()).toEqual(['parsley', 'Reply to 1 of yours.'])
        expect(await own.say('And more?')).toBe('Reply to 2 of yours.')
        const form = ledTo(reader, await reader.submit(`${url}/continue`, {}))
        expect(await form.said()).toHaveLength(2)
        expect(await titlesOf(reader)).toEqual(['parsley', 'parsley'])
        expect(await visitor.said()).toHaveLength(2)
      })

      it('ends when its owner says so, for nobody else’s conversation', async () => {
        const { visitor, url } = await shared('parsley')
        const other = await shared('sage')
        const response = await visitor.post('/unshare')
        expect([response.status, await response.json()]).toEqual([200, { status: 'unshared' }])
        for (const gone of [await fetch(app.url + url), await visitor.post(`${url}/continue`)]) {
          expect(gone.status).toBe(404)
        }
        expect((await fetch(app.url + other.url)).status).toBe(200)
        const again = JSON.parse(await (await visitor.post('/share')).text())
        expect(again.url).not.toBe(url)
      })

      it('ends with a reset', async () => {
        const { visitor, url } = await shared('parsley')
        await visitor.post('/reset')
        expect((await fetch(app.url + url)).status).toBe(404)
      })

      it('shows a long conversation whole', async () => {
        const said = Array.from({ length: 8 }, (_, i) => `${i}-${prose(i, 1500)}`)
        const { url } = await shared(...said)
        const html = await (await fetch(app.url + url)).text()
        for (const text of said) expect(html).toContain(text.slice(0, 40))
      })
    })

    describe('a fork', () => {
      /** The ids of the turns, as the page tells them. */
      const turnIds = async (visitor: Visitor): Promise<string[]> => {
        const html = await visitor.page()
        return [...new Set([...html.matchAll(/data-turn="([^"]+)"/g)].map(([, id = '']) => id))]
      }

      it('has the turns before one of them, and the old conversation stays', async () => {
        for (const at of ['own', 'root'] as const) {
          const visitor = newVisitor(at)
          for (const message of ['one', 'two', 'three']) await visitor.say(message)
          const [first, , third] = await turnIds(visitor)
          const fork = await opened(visitor, await visitor.post('/fork', { turn: third }))
          const before = ['one', 'Reply to 1 of yours.', 'two', 'Reply to 2 of yours.']
          expect(await fork.said()).toEqual(before)
          expect(await fork.say('another')).toBe('Reply to 3 of yours.')
          expect((await visitor.said()).slice(-2)).toEqual(['three', 'Reply to 3 of yours.'])
          const empty = await visitor.post('/fork', { turn: first, message: 'x' })
          expect(empty.status).toBe(200)
        }
      })

      it('asks a form’s message, and leads there', async () => {
        const visitor = await visitorWith('one', 'two')
        const [first, second] = await turnIds(visitor)
        for (const [turn = '', count] of [
          [second, 4],
          [first, 2],
        ] as const) {
          const fields = { turn, message: `another ${count}` }
          const fork = ledTo(visitor, await visitor.submit('/fork', fields))
          expect(await fork.page()).toContain(`another ${count}`)
          const said = await fork.said()
          expect([said.length, said.at(-2)]).toEqual([count, `another ${count}`])
        }
        expect(await visitor.said()).toHaveLength(4)
        expect(await visitor.list()).toHaveLength(3)
      })

      it('that fails gives the text back, and begins nothing', async () => {
        const visitor = await visitorWith('one')
        const [turn = ''] = await turnIds(visitor)
        const response = await visitor.submit('/fork', { turn, message: '[fault:422] again' })
        expect(response.status).toBe(502)
        expect(await response.text()).toContain('[fault:422] again</textarea>')
        expect(await visitor.list()).toHaveLength(1)
      })

      it('of a turn that is not there is 404, and without one 400', async () => {
        const visitor = await visitorWith('one')
        await expectRefused(await visitor.post('/fork', { turn: 'x' }), 404, 'not_found')
        await expectRefused(await visitor.post('/fork', {}), 400, 'bad_request')
      })

      it('has turns that had left the cookie', async () => {
        const said = Array.from({ length: 8 }, (_, i) => `${i} ${prose(i, 1500)}`)
        const visitor = await visitorWith(...said)
        const last = (await turnIds(visitor)).at(-1)
        const fork = await opened(visitor, await visitor.post('/fork', { turn: last }))
        const texts = (await fork.said()).filter((_, i) => i % 2 === 0)
        expect(texts).toEqual(said.slice(0, -1))
      })
    })

    describe('an import', () => {
      const upload = (visitor: Visitor, text: string) => {
        const body = new FormData()
        body.set('file', new File([text], 'conversation.json', { type: 'application/json' }))
        return visitor.fetch('/import', { method: 'POST', body })
      }

      it('takes what the history gave, by JSON and by a form’s file', async () => {
        const visitor = await visitorWith('one', 'two')
        const text = await (await visitor.get('/history')).text()
        const other = newVisitor('root')
        const imported = await opened(other, await other.post('/import', JSON.parse(text)))
        expect(await imported.history()).toEqual(JSON.parse(text))
        expect(await imported.say('three')).toBe('Reply to 3 of yours.')
        const file = ledTo(other, await upload(other, text))
        expect(await file.said()).toEqual(await visitor.said())
        expect(await titlesOf(other)).toEqual(['one', 'one'])
      })

      it('takes an export of llama.cpp and of ChatGPT, and its title', async () => {
        const visitor = newVisitor('root')
        const messages = [
          { role: 'user', content: 'q', timestamp: 1_700_000_000_000 },
          { role: 'assistant', content: 'a', timestamp: 1_700_000_001_000 },
        ]
        const llama = { conv: { name: 'From llama' }, messages }
        const one = await opened(visitor, await visitor.post('/import', llama))
        expect(await one.said()).toEqual(['q', 'a'])
        const message = (role: string, text: string) => ({
          author: { role },
          content: { content_type: 'text', parts: [text] },
          create_time: 1_700_000_000.123456,
        })
        const mapping = {
          r: { message: null, parent: null, children: ['q'] },
          q: { message: message('user', 'Q'), parent: 'r', children: ['a'] },
          a: { message: message('assistant', 'A'), parent: 'q', children: [] },
        }
        const chatGpt = [{ title: 'From ChatGPT', mapping, current_node: 'a' }]
        const two = await opened(visitor, await visitor.post('/import', chatGpt))
        expect(await two.said()).toEqual(['Q', 'A'])
        expect((await titlesOf(visitor)).sort()).toEqual(['From ChatGPT', 'From llama'])
      })

      it('takes a long one whole', async () => {
        const turns = Array.from({ length: 200 }, (_, i) => ({
          role: i % 2 === 0 ? 'user' : 'assistant',
          content: prose(i, 3000),
        }))
        const visitor = newVisitor('root')
        const imported = await opened(visitor, await visitor.post('/import', { turns }))
        expect(await imported.said()).toEqual(turns.map(({ content }) => content))
      })

      it('that is broken, too large or of another type is refused, and nothing begins', async () => {
        const visitor = newVisitor('root')
        const send = (type: string, body: string) =>
          visitor.fetch('/import', { method: 'POST', headers: { 'Content-Type': type }, body })
        const json = 'application/json'
        for (const body of ['', '{', 'null', '{}', '{"turns": []}', '['.repeat(100_000)]) {
          await expectRefused(await send(json, body), 400, 'bad_request')
        }
        const form = new FormData()
        form.set('other', 'x')
        const without = await visitor.fetch('/import', { method: 'POST', body: form })
        expect(without.status).toBe(400)
        expect((await upload(visitor, 'no JSON')).status).toBe(400)
        const turn = (role: string, content: string) => ({ role, content })
        const turns = [turn('user', 'x'), turn('assistant', 'y'.repeat(1024 * 1024))]
        const large = JSON.stringify({ turns })
        await expectRefused(await send(json, large), 413, 'too_large')
        expect((await upload(visitor, large)).status).toBe(413)
        for (const type of ['text/plain', FORM, 'application/xml']) {
          const response = await send(type, '{"turns": []}')
          expect([response.status, response.headers.getSetCookie()], type).toEqual([415, []])
        }
        expect(await visitor.list()).toEqual([])
      })
    })

    describe('preferences', () => {
      const choose = (visitor: Visitor, body: string, headers: Record<string, string> = {}) =>
        visitor.fetch('/preferences', {
          method: 'POST',
          headers: { 'Content-Type': FORM, ...headers },
          body,
        })
      const root = async (visitor: Visitor, path = '/') =>
        /<html[^>]*>/.exec(await (await page(visitor, path)).text())?.[0]

      it('are how the next page looks, each by itself', async () => {
        const visitor = await visitorWith('Hi')
        const response = await choose(visitor, 'theme=dark')
        expect([response.status, response.headers.get('Location')]).toEqual([303, '/'])
        expect(await root(visitor)).toContain('data-theme="dark"')
        const more = await visitor.fetch('/preferences', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{"list": "hidden", "language": "de"}',
        })
        expect(await more.json()).toEqual({ theme: 'dark', list: 'hidden', language: 'de' })
        for (const path of ['/', await visitor.base()]) {
          const html = await root(visitor, path)
          for (const part of ['data-theme="dark"', 'data-list="hidden"', 'lang="de"']) {
            expect(html).toContain(part)
          }
        }
      })

      it.each(['theme=blue', 'list=maybe', 'language=xx', 'theme='])(
        'of no choice, like %s, change nothing',
        async (body) => {
          const visitor = newVisitor('root')
          const response = await choose(visitor, body)
          expect([response.status, response.headers.getSetCookie()]).toEqual([400, []])
        },
      )

      it('in a cookie that somebody has changed are the defaults', async () => {
        const visitor = newVisitor('root')
        visitor.jar.put({ name: 'preferences', path: '/', pair: 'preferences="><b>.x.y' })
        const html = await root(visitor)
        expect(html).toMatch(/lang="en"/)
        expect(html).not.toContain('<b>')
      })

      it('lead back to the page of ours that the form was on, and to no other site', async () => {
        const visitor = await visitorWith('Hi')
        const base = await visitor.base()
        for (const [referer, location] of [
          [`${app.url}${base}?before=3`, `${base}?before=3`],
          [`https://foe.example${base}`, '/'],
          [`${app.url}//foe.example/`, '/'],
          ['nonsense', '/'],
        ] as const) {
          const response = await choose(visitor, 'theme=light', { Referer: referer })
          expect(response.headers.get('Location'), referer).toBe(location)
        }
      })
    })

    describe('parking', () => {
      it('begins with the store, and the cookie stays for a while', async () => {
        const visitor = await visitorWith('parsley')
        const park = async () => (await visitor.post('/park')).json()
        expect(await park()).toEqual({ status: 'parking' })
        expect(await park()).toEqual({ status: 'parking' })
        expect(visitor.cookie()).toContain('chat_dev_c=')
        // As a browser that has dropped the cookie.
        visitor.jar.take(`chat_dev_c=; Max-Age=0; Path=${await visitor.base()}`)
        expect(await titlesOf(visitor)).toEqual(['parsley'])
        expect(await visitor.page()).toContain('parsley')
        expect(await visitor.say('And?')).toBe('Reply to 2 of yours.')
        await park()
        expect(await visitor.said()).toHaveLength(4)
        expect((await visitor.post('/delete')).status).toBe(200)
        await expectRefused(await visitor.get('/history'), 404, 'not_found')
        expect(await visitor.list()).toEqual([])
      })

      it('leads to no other site', async () => {
        const visitor = await visitorWith('parsley')
        for (const to of ['//foe.example', 'https://foe.example', '../../x', '']) {
          const response = await visitor.get(`/park?step=3&to=${encodeURIComponent(to)}`)
          expect([response.status, response.headers.get('Location')]).toEqual([303, '/'])
        }
      })

      it('keeps 45 conversations where they were said, under 8 KB of cookies in every request', {
        timeout: 90_000,
      }, async () => {
        const visitor = newVisitor('root')
        await chooseAll(visitor)
        const bases: string[] = []
        for (let i = 0; i < 45; i++) {
          const fresh = await opened(visitor, await visitor.post('/new'))
          const message = `${i} ${prose(i, 80)}`
          const { response } = await fresh.follow('/chat', { message })
          expect(response.status).toBe(200)
          bases.push(await fresh.base())
        }
        const root = visitor.in('')
        for (let i = 0; i < 6; i++) await root.say(prose(i, 1400))
        const full = visitor.in(bases[44] ?? '')
        for (let i = 0; i < 6; i++) await full.say(prose(i + 50, 1400))
        for (let i = 0; i < 6; i++) await root.say(prose(i + 100, 1400))
        await full.page()
        expect(visitor.longestHeader()).toBeGreaterThan(5000)
        expect(`Cookie: \r\n`.length + visitor.longestHeader()).toBeLessThan(MAX_LINE_BYTES)
        expect(await visitor.list()).toHaveLength(45)
        for (const [i, base] of bases.entries()) {
          const said = await visitor.in(base).said()
          expect(said[0]).toBe(`${i} ${prose(i, 80)}`)
          expect(said).toHaveLength(i === 44 ? 14 : 2)
        }
        expect(await root.said()).toHaveLength(24)
      })

      const chooseAll = (visitor: Visitor) =>
        visitor.fetch('/preferences', {
          method: 'POST',
          headers: { 'Content-Type': FORM },
          body: 'theme=system&list=hidden&language=de',
        })
    })
  })
}
