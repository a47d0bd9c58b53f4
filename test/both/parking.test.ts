/** Conversations that move to the store, over a store with the troubles that real ones have. No turn may be lost. */

import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const ALWAYS = Number.POSITIVE_INFINITY

/** A browser whose app keeps so many conversations in cookies. */
function open(maxConversations = 2) {
  const store = createFaultyStore(createMemoryStore({ now: () => 0, maxChars: 1e9 }))
  const { app } = createChatApp({ store, maxConversations })
  const browser = createVisitor(ORIGIN, (url, init) => app.request(url, init))
  /** What was said, by the address where it was. */
  const said = new Map<string, string[]>()

  /** Says something by the page's form, and goes where that leads. */
  async function say(base: string, message: string): Promise<readonly string[]> {
    const { response, paths } = await browser.in(base).follow('/chat', { message })
    expect(response.status).toBe(200)
    said.set(base, [...(said.get(base) ?? []), message, `Answer to ${message}`])
    return paths
  }
  /** Begins so many conversations, and says one thing in each. */
  async function begin(count: number): Promise<string[]> {
    const bases: string[] = []
    for (let i = 0; i < count; i++) {
      const base = await fresh()
      await say(base, `question ${said.size}`)
      bases.push(base)
    }
    return bases
  }
  const fresh = async (): Promise<string> => {
    const response = await browser.post('/new')
    const { id }: { id: string } = JSON.parse(await response.text())
    return `/c/${id}`
  }
  async function expectAllThere(): Promise<void> {
    for (const [base, texts] of said) expect(await browser.in(base).said(), base).toEqual(texts)
    const listed = (await browser.list()).map(({ id }) => `/c/${id}`)
    expect(new Set(listed)).toEqual(new Set(said.keys()))
    expect(listed).toHaveLength(said.size)
  }
  const setAway = (isAway: boolean): void => {
    for (const call of ['get', 'put', 'deleteAll'] as const) {
      store.rejections[call] = isAway ? ALWAYS : 0
    }
  }
  const park = async (base: string): Promise<unknown> =>
    JSON.parse(await (await browser.in(base).post('/park')).text())
  /** The paths of all conversations that have a cookie. */
  const inCookies = (): string[] =>
    browser.jar.all().flatMap(({ path }) => (path === '/' ? [] : [path]))
  return { browser, store, say, begin, fresh, said, expectAllThere, setAway, park, inCookies }
}

/** The cookies that an answer sets, taken away from it so that they can arrive later. */
async function heldBack(visitor: Visitor, path: string): Promise<() => void> {
  const before = visitor.jar.all()
  await visitor.fetch(path, { method: 'POST' })
  const after = visitor.jar.all()
  const gone = before.filter(({ name, path: at }) =>
    after.every((cookie) => cookie.name !== name || cookie.path !== at),
  )
  const changed = after.filter((cookie) => !before.includes(cookie))
  for (const { path: at } of [...after]) visitor.jar.clear(at)
  for (const cookie of before) visitor.jar.put(cookie)
  return () => {
    for (const { name, path: at } of gone) visitor.jar.take(`${name}=; Max-Age=0; Path=${at}`)
    for (const cookie of changed) visitor.jar.put(cookie)
  }
}

describe('parking', () => {
  it('keeps every conversation where it was said, and few cookies', async () => {
    const scene = open(3)
    await scene.begin(12)
    // The newest is listed by the page that shows it.
    expect(scene.inCookies().length).toBeLessThanOrEqual(4)
    await scene.expectAllThere()
  })

  it('leads by way of the oldest conversation, twice, and ends where the message was said', async () => {
    const scene = open(1)
    const [old, base = ''] = await scene.begin(2)
    const paths = await scene.say(base, 'next')
    const to = base.slice('/c/'.length)
    expect(paths).toEqual([
      `${base}/chat`,
      `${old}/park?to=${to}&step=1`,
      `${old}/park?to=${to}&step=2`,
      base,
    ])
    await scene.expectAllThere()
  })

  it('goes on with a conversation that was opened again, and parks its newer turns', async () => {
    const scene = open(2)
    const [old = ''] = await scene.begin(5)
    expect(scene.inCookies()).not.toContain(old)
    await scene.say(old, 'and then?')
    expect(scene.inCookies()).toContain(old)
    await scene.begin(3)
    expect(scene.inCookies()).not.toContain(old)
    await scene.expectAllThere()
    await scene.say(old, 'at last')
    await scene.begin(3)
    await scene.expectAllThere()
  })

  it('is said to be under way until the browser has shown the shelf', async () => {
    const scene = open(1)
    const [base = ''] = await scene.begin(1)
    expect(await scene.park(base)).toEqual({ status: 'parking' })
    expect(scene.inCookies()).toEqual([base])
    expect(await scene.park(base)).toEqual({ status: 'parked' })
    expect(scene.inCookies()).toEqual([])
    expect(await scene.park(base)).toEqual({ status: 'parked' })
    await scene.expectAllThere()
  })

  it('begins anew when something was said between its two steps', async () => {
    const scene = open(9)
    const [base = ''] = await scene.begin(1)
    await scene.park(base)
    await scene.say(base, 'wait')
    expect(await scene.park(base)).toEqual({ status: 'parking' })
    expect(await scene.park(base)).toEqual({ status: 'parked' })
    await scene.expectAllThere()
  })

  it('goes over many shelves', async () => {
    const scene = open(1)
    await scene.begin(95)
    await scene.expectAllThere()
  })

  it('of a conversation that was renamed keeps the name', async () => {
    const scene = open(1)
    const [base = ''] = await scene.begin(1)
    await scene.browser.in(base).post('/title', { title: 'My name' })
    await scene.begin(2)
    expect((await scene.browser.list()).map(({ title }) => title)).toContain('My name')
    await scene.expectAllThere()
  })
})

describe('parking over a store that fails', () => {
  it('keeps cookies while the store is away, and parks when it is back', async () => {
    const scene = open(2)
    await scene.begin(2)
    const late = [await scene.fresh(), await scene.fresh()]
    scene.setAway(true)
    for (const base of late) await scene.say(base, `said while away in ${base}`)
    expect(scene.inCookies()).toHaveLength(4)
    await scene.expectAllThere()
    scene.setAway(false)
    await scene.begin(3)
    await scene.expectAllThere()
  })

  it.each(['put', 'get'] as const)('loses nothing when any one %s fails', async (call) => {
    for (let nth = 0; nth < 12; nth++) {
      const scene = open(1)
      const bases = await scene.begin(3)
      const { store } = scene
      const real = store[call].bind(store)
      let left = nth
      const failing = async (...args: never[]): Promise<unknown> => {
        if (left-- === 0) throw new Error('The store fails once')
        return Reflect.apply(real, store, args)
      }
      Object.assign(store, { [call]: failing })
      for (const base of [...bases, await scene.fresh()]) {
        await scene.browser.in(base).follow('/park', {})
      }
      Object.assign(store, { [call]: real })
      await scene.expectAllThere()
      await scene.begin(2)
      await scene.expectAllThere()
    }
  })

  it('takes a value for written that the store took although it said no', async () => {
    const scene = open(1)
    const [base = ''] = await scene.begin(1)
    const { store } = scene
    const put = store.put.bind(store)
    Object.assign(store, {
      put: async (...args: Parameters<typeof put>) => {
        await put(...args)
        throw new Error('The answer was lost')
      },
    })
    expect(await scene.park(base)).toEqual({ status: 'parking' })
    expect(await scene.park(base)).toEqual({ status: 'parked' })
    await scene.expectAllThere()
  })

  it('says that a parked conversation cannot be reached, and begins no empty one in its place', async () => {
    const scene = open(1)
    const [old = ''] = await scene.begin(3)
    scene.setAway(true)
    for (const response of [
      await scene.browser.in(old).get('/history'),
      await scene.browser.in(old).post('/chat', { message: 'Hello?' }),
    ]) {
      expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
      expect(response.headers.get('Retry-After')).toBe('5')
      expect(await response.json()).toMatchObject({ code: 'store_unavailable' })
    }
    scene.setAway(false)
    await scene.expectAllThere()
  })

  it('keeps a parked conversation that could not be deleted', async () => {
    const scene = open(1)
    const [old = ''] = await scene.begin(3)
    scene.setAway(true)
    expect((await scene.browser.in(old).post('/delete')).status).toBe(503)
    scene.setAway(false)
    await scene.expectAllThere()
  })

  it.each(['truncated', 'flipped', 'swapped'] as const)(
    'shows nothing of what comes back %s, and all of it later',
    async (damage) => {
      const scene = open(1)
      const [old = ''] = await scene.begin(3)
      scene.store.damage = damage
      expect((await scene.browser.in(old).get('/history')).status).toBe(503)
      scene.store.damage = 'none'
      await scene.expectAllThere()
    },
  )
})

describe('parking in two tabs', () => {
  it('loses nothing when both park at once', async () => {
    const scene = open(9)
    const [one = '', two = ''] = await scene.begin(2)
    for (let round = 0; round < 3; round++) {
      const arrives = await heldBack(scene.browser, `${one}/park`)
      await scene.park(two)
      arrives()
      await scene.expectAllThere()
    }
  })

  it('keeps the cookie when another answer overwrote the shelf between the two steps', async () => {
    const scene = open(9)
    const [one = '', two = ''] = await scene.begin(2)
    const arrives = await heldBack(scene.browser, `${two}/park`)
    expect(await scene.park(one)).toEqual({ status: 'parking' })
    arrives()
    expect(await scene.park(one)).toEqual({ status: 'parking' })
    expect(await scene.park(one)).toEqual({ status: 'parked' })
    await scene.expectAllThere()
  })

  it('finds a conversation that an overtaking answer put back into the list', async () => {
    const scene = open(9)
    const [one = ''] = await scene.begin(2)
    await scene.park(one)
    const base = await scene.fresh()
    const message = 'meanwhile'
    const arrives = await heldBack(scene.browser, `${one}/park`)
    await scene.say(base, message)
    arrives()
    await scene.say(base, 'again')
    await scene.expectAllThere()
  })
})

describe('a parked conversation that was opened again', () => {
  async function reopened() {
    const scene = open(1)
    const [old = ''] = await scene.begin(3)
    await scene.say(old, 'again')
    return { scene, old }
  }

  it('is gone once it is deleted', async () => {
    const { scene, old } = await reopened()
    expect((await scene.browser.in(old).post('/delete')).status).toBe(200)
    scene.said.delete(old)
    expect((await scene.browser.in(old).get('/history')).status).toBe(404)
    await scene.expectAllThere()
  })

  it('is empty once it is reset, and its old turns are in no list', async () => {
    const { scene, old } = await reopened()
    expect((await scene.browser.in(old).post('/reset')).status).toBe(200)
    expect(await scene.browser.in(old).said()).toEqual([])
    scene.said.delete(old)
    await scene.expectAllThere()
  })
})
