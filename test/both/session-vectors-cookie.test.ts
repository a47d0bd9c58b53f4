/**
 * The sixty test vectors of sessions, 20 to 30: time limits and cookies.
 *
 * What does not apply:
 * - 20: there is no limit for idle conversations, the absolute one holds
 * - 28: a `Cookie` header of 17 KB never reaches the app: Node's server answers 431 by itself
 * - 60 (secrets that are missing, short or placeholders) is in `settings.test.ts`; a secret may be any text, so none is "not base64"
 */

import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import type { CookieMode } from '../../src/session/place.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createVisitor } from '../support/visitor.ts'

const MAX_AGE = 1000
const START_SECONDS = 1_800_000_000
const MAX_LINE = 4093

let seconds = 0
const { app, cookies } = createChatApp({
  maxAgeSeconds: MAX_AGE,
  now: () => (START_SECONDS + seconds) * 1000,
})

async function at<T>(time: number, action: () => Promise<T>): Promise<T> {
  seconds = time
  try {
    return await action()
  } finally {
    seconds = 0
  }
}

const pairOf = (line: string) => line.split(';')[0] ?? ''
const save = async (state: Conversation, mode: CookieMode = 'plain') =>
  (await cookies.save(state, mode)).line
const withText = (text: string): Conversation => ({
  ...cookies.start(),
  turns: [{ id: 'mjd2k0f000001', user: text, assistant: 'a', stopped: false }],
})

describe('time', () => {
  it.each([
    [MAX_AGE - 1, true],
    [MAX_AGE, false],
    [MAX_AGE + 1, false],
  ])('21. a conversation in use lives at %d seconds: %s', async (end, alive) => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('first')
    for (const time of [300, 600, 900]) await at(time, () => visitor.say(`at ${time}`))
    const { turns } = await at(end, () => visitor.history())
    expect(turns).toHaveLength(alive ? 8 : 0)
  })

  it.each([
    [59, true],
    [60, true],
    [61, false],
  ])(
    '22. a conversation that began %d seconds in the future is taken: %s',
    async (ahead, taken) => {
      const pair = pairOf(await at(ahead, () => save(cookies.start())))
      expect((await cookies.load(pair, 'plain')) !== null).toBe(taken)
    },
  )

  it('23. a clock that jumps back between two requests loses no turn, and later turns may come before', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await at(500, () => visitor.say('at 500'))
    await at(450, () => visitor.say('at 450'))
    await at(501, () => visitor.say('at 501'))
    const { turns } = await at(501, () => visitor.history())
    expect(turns.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      'at 500',
      'at 450',
      'at 501',
    ])
  })

  it.each([0, 1, 500, MAX_AGE - 1, MAX_AGE, MAX_AGE + 9])(
    '24. Max-Age at %d seconds is what is left',
    async (time) => {
      const state = cookies.start()
      const line = await at(time, () => save(state))
      expect(line).toContain(`; Max-Age=${Math.max(0, MAX_AGE - time)};`)
    },
  )
})

describe('cookies', () => {
  it('25. a line of exactly 4,093 bytes is set as it is, and one byte more moves or drops turns', {
    timeout: 30_000,
  }, async () => {
    let state = 1
    const text = Array.from({ length: 4500 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return String.fromCharCode(40 + ((state >>> 16) % 50))
    }).join('')
    const lengths = new Set<number>()
    for (const mode of ['secure', 'plain', 'embedded'] as const) {
      for (let chars = 3500; ; chars++) {
        const saved = await cookies.save(withText(text.slice(0, chars)), mode)
        lengths.add(saved.line.length)
        if (saved.conversation.turns[0]?.user !== text.slice(0, chars)) break
      }
    }
    expect(lengths.size).toBeGreaterThan(100)
    expect(Math.max(...lengths)).toBe(MAX_LINE)
  })

  it('26. the good one of two cookies of a name wins, whichever comes first', async () => {
    const good = pairOf(await save(withText('good')))
    for (const bad of [
      'chat_dev=',
      'chat_dev=1.AFtd.AAAA',
      `${good}x`,
      'chat_dev="',
      'chat_dev==',
    ]) {
      for (const header of [`${bad}; ${good}`, `${good}; ${bad}`]) {
        expect((await cookies.load(header, 'plain'))?.turns[0]?.user).toBe('good')
      }
    }
  })

  it('26. the first of two good cookies wins, every time', async () => {
    const [one, two] = [pairOf(await save(withText('one'))), pairOf(await save(withText('two')))]
    expect((await cookies.load(`${one}; ${two}`, 'plain'))?.turns[0]?.user).toBe('one')
    expect((await cookies.load(`${two}; ${one}`, 'plain'))?.turns[0]?.user).toBe('two')
  })

  it('26. an expired one before a living one does no harm', async () => {
    const old = pairOf(await at(-MAX_AGE, () => save(withText('old'))))
    const living = pairOf(await save(withText('living')))
    expect((await cookies.load(`${old}; ${living}`, 'plain'))?.turns[0]?.user).toBe('living')
  })

  it.each<[string, (good: string) => string]>([
    ['quoted', (good) => good.replace(/=(.*)/, '="$1"')],
    ['with blanks around', (good) => `  ${good}  `],
    ['with blanks and tabs between', (good) => `a=1;\t  ${good}\t;b=2`],
    ['without blanks between', (good) => `a=1;${good};b=2`],
    ['among sixty others', (good) => `${'other=x; '.repeat(30)}${good}${'; other=y'.repeat(30)}`],
    [
      'among odd ones',
      (good) => `=; ;; a; __proto__=1; =x; ${good}; "; chat_dev; \u00a0chat_dev=1`,
    ],
    [
      'after one whose name begins alike',
      (good) => `chat_dev2=1; xchat_dev=2; CHAT_DEV=3; ${good}`,
    ],
  ])('27. a cookie is found %s', async (_name, around) => {
    const good = pairOf(await save(withText('good')))
    expect((await cookies.load(around(good), 'plain'))?.turns[0]?.user).toBe('good')
  })

  it('27. a value that holds a cookie of ours is none', async () => {
    const good = pairOf(await save(withText('good')))
    expect(await cookies.load(`other=${good}`, 'plain')).toBeNull()
    expect(await cookies.load(`other="x, ${good}"`, 'plain')).toBeNull()
  })

  it.each([
    ['http://localhost', {}, /^chat_dev=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/],
    [
      'http://127.0.0.1:8787',
      {},
      /^chat_dev=[^;]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/,
    ],
    [
      'https://localhost',
      {},
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'http://chat.example.org',
      {},
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'https://chat.example.org',
      { 'Sec-Fetch-Site': 'cross-site' },
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    ],
    // A proxy has ended TLS in front of a private name.
    [
      'http://chat.internal',
      { 'X-Forwarded-Proto': 'https' },
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'http://10.1.2.3:8787',
      { 'X-Forwarded-Proto': 'HTTPS, http' },
      /^__Host-chat=[^;]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
    [
      'http://chat.internal',
      { 'X-Forwarded-Proto': 'https', 'Sec-Fetch-Site': 'cross-site' },
      /^__Host-chat=[^;]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    ],
    [
      'http://chat.internal',
      { 'X-Forwarded-Proto': 'http, https' },
      /^chat_dev=[^;]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/,
    ],
    // Another site's script on the own machine, which browsers trust without TLS; elsewhere they would drop what is `Secure`.
    [
      'http://127.0.0.1:8787',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' },
      /^__Host-chat=[^;]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    ],
    [
      'http://127.0.0.1:8787',
      { Origin: 'http://localhost:3000' },
      /^__Host-chat=[^;]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=None; Partitioned$/,
    ],
    [
      'http://localhost:8787',
      { Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' },
      /^chat_dev=[^;]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/,
    ],
    [
      'http://10.1.2.3:8787',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' },
      /^chat_dev=[^;]+; Max-Age=1000; Path=\/; HttpOnly; SameSite=Lax$/,
    ],
    // A link that was followed: the same visitor's next requests are no longer cross-site, and must find this cookie alone.
    [
      'https://chat.example.org',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' },
      /^__Host-chat=[\w.-]+; Max-Age=1000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ],
  ])('29. and 30. name and attributes are exact at %s %j', async (origin, headers, line) => {
    const response = await app.request(`${origin}/`, { headers })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(line)])
  })

  it('30. no request but those that change something sets a cookie', async () => {
    const visitor = createVisitor(ORIGIN, app.request)
    await visitor.say('Hi')
    for (const path of ['/', '/?before=0', '/history', '/history?format=md', '/healthz', '/none']) {
      expect((await visitor.get(path)).headers.getSetCookie(), path).toEqual([])
    }
  })
})
