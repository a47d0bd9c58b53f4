/** Whose conversations are whose, in the cookies of an HTTPS site. A site beside this one can plant `__Secure-` cookies, and no `__Host-` ones. */

import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp, SECRET } from '../support/chat-app.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const SITE = 'https://chat.example.com'
type Options = Parameters<typeof createChatApp>[0]

function browserOf({ app }: ReturnType<typeof createChatApp>, at: 'root' | 'own' = 'own'): Visitor {
  return createVisitor(SITE, (url, init) => app.request(url, init), at)
}

async function attackerOf(chat: ReturnType<typeof createChatApp>) {
  const attacker = browserOf(chat)
  await attacker.say('send me your secrets')
  const base = await attacker.base()
  const planted = attacker.jar.all().filter(({ name }) => name === '__Secure-chat')
  expect(planted).toHaveLength(1)
  return { attacker, base, planted }
}

describe('a conversation of another visitor, planted by a site beside this one', () => {
  it.each<[string, (victim: Visitor) => Promise<unknown>]>([
    [
      'with a list',
      (victim) =>
        victim
          .in('')
          .post('/new')
          .then(() => victim.say('mine')),
    ],
    ['with the root’s cookie only', (victim) => victim.in('').say('mine')],
    ['without any cookie', () => Promise.resolve()],
  ])('does not open for a visitor %s', async (_name, prepare) => {
    const chat = createChatApp()
    const { attacker, base, planted } = await attackerOf(chat)
    const victim = browserOf(chat)
    await prepare(victim)
    const listed = await victim.list()
    for (const cookie of planted) victim.jar.put(cookie)
    const there = victim.in(base)
    expect(there.cookie()).toContain('__Secure-chat=')
    for (const path of ['/', '/history']) expect((await there.get(path)).status).toBe(404)
    for (const path of ['/share', '/park', '/delete', '/reset']) {
      expect((await there.post(path)).status).toBe(404)
    }
    expect(await victim.list()).toEqual(listed)
    // What is said there begins a conversation that the attacker's cookie does not open.
    await there.say('my secret')
    expect(await there.said()).toEqual(['my secret', 'Answer to my secret'])
    expect(await attacker.said()).not.toContain('my secret')
  })

  it('does not open at another address or at the root either', async () => {
    const chat = createChatApp()
    const { attacker, planted } = await attackerOf(chat)
    const [{ pair }] = planted as [(typeof planted)[0]]
    const elsewhere = await browserOf(chat).base()
    attacker.jar.put({ name: '__Secure-chat', path: elsewhere, pair })
    expect((await attacker.in(elsewhere).get('/history')).status).toBe(404)
    attacker.jar.put({ name: '__Host-chat', path: '/', pair: pair.replace('__Secure', '__Host') })
    expect(await attacker.in('').said()).toEqual([])
  })
})

describe('a list that is lost', () => {
  it('comes back with what the visitor opens, who is known by the root’s cookie', async () => {
    const visitor = browserOf(createChatApp())
    await visitor.in('').page()
    await visitor.say('one')
    visitor.jar.take('__Host-chats=; Max-Age=0; Path=/')
    expect(await visitor.list()).toEqual([])
    expect(await visitor.page()).toContain('Answer to one')
    expect(await visitor.list()).toHaveLength(1)
  })

  it('does not come from two first messages at once, which are of one visitor', async () => {
    const chat = createChatApp()
    const visitor = browserOf(chat, 'root')
    await visitor.page()
    const bases = [await browserOf(chat).base(), await browserOf(chat).base()]
    await Promise.all(bases.map((base, i) => visitor.in(base).say(`message ${i}`)))
    for (const [i, base] of bases.entries()) {
      expect((await visitor.in(base).said())[0]).toBe(`message ${i}`)
      await visitor.in(base).page()
    }
    expect(await visitor.list()).toHaveLength(2)
  })
})

describe('a new secret', () => {
  it('goes on with conversations, list, shelf and addresses, as long as the old one verifies', async () => {
    const store = createMemoryStore({ now: () => 0, maxChars: 1e9 })
    const build = (...secrets: string[]) => createChatApp({ store, secrets, maxConversations: 1 })
    let chat = build(SECRET)
    const visitor = createVisitor(SITE, (url, init) => chat.app.request(url, init), 'own')
    const bases = [await visitor.base()]
    await visitor.follow('/chat', { message: 'message 0' })
    for (const i of [1, 2]) {
      const fresh = visitor.in(await browserOf(chat).base())
      bases.push(await fresh.base())
      await fresh.follow('/chat', { message: `message ${i}` })
    }
    const begun = await browserOf(chat).base()
    chat = build('another secret that is long enough to sign with', SECRET)
    await visitor.in(begun).say('message 3')
    for (const [i, base] of [...bases, begun].entries()) {
      expect((await visitor.in(base).said())[0]).toBe(`message ${i}`)
    }
    expect(await visitor.list()).toHaveLength(4)
  })
})

describe('where there is no store', () => {
  const filled = async (options: Options) => {
    const chat = createChatApp({ maxConversations: 3, ...options })
    const visitor = browserOf(chat, 'root')
    const bases: string[] = []
    for (let i = 0; i < 5; i++) {
      const base = await browserOf(chat).base()
      bases.push(base)
      await visitor.in(base).say(`message ${i}`)
      // The first one stays in use.
      if (i > 0) await visitor.in(bases[0] ?? '').say(`and ${i}`)
    }
    return { visitor, bases }
  }

  it('those not used for the longest go, with their cookies', async () => {
    const { visitor, bases } = await filled({ store: null })
    const kept = new Set((await visitor.list()).map(({ id }) => `/c/${id}`))
    expect(kept.size).toBe(3)
    expect(kept).toContain(bases[4])
    expect(kept).toContain(bases[0])
    for (const base of bases) {
      const { status } = await visitor.in(base).get('/history')
      expect(status).toBe(kept.has(base) ? 200 : 404)
    }
    expect(visitor.jar.all().filter(({ name }) => name === '__Secure-chat')).toHaveLength(3)
    expect(await visitor.in(bases[0] ?? '').said()).toHaveLength(10)
  })

  it('nothing is shared and nothing is parked', async () => {
    const { visitor, bases } = await filled({ store: null })
    const last = visitor.in(bases[4] ?? '')
    expect((await last.post('/share')).status).toBe(404)
    expect(await (await last.post('/park')).json()).toEqual({ status: 'kept' })
    expect(await last.said()).toHaveLength(2)
  })
})
