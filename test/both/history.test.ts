/** The conversation as data and as a document. */

import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createFaultyStore, type FaultyStore } from '../support/faulty-store.ts'
import { prose } from '../support/prose.ts'
import { textModel } from '../support/text-model.ts'
import { createVisitor, type Visitor } from '../support/visitor.ts'

const TEXTS = [
  'plain',
  'cut off:\n```js\nlet a = `',
  'cut off:\n~~~~ text\n```\n~~~\nend',
  'whole:\n````md\n```js\nlet a\n```\n````',
  'in a list:\n- one\n  ```js\n  let a\n  ```\n- two',
  'no block:\n```inline``` and `more`',
]

it('ends in a Markdown download what a text leaves open, and changes nothing else', async () => {
  const model = textModel('fake', async function* () {
    yield TEXTS[said % TEXTS.length] ?? ''
    return 'length'
  })
  const { app } = createChatApp({ model })
  const visitor = createVisitor(ORIGIN, app.request)
  let said = 0
  for (const text of TEXTS) {
    await visitor.say(text)
    said += 1
  }
  const document = await (await visitor.get('/history?format=md')).text()
  const closed = TEXTS.map((text, i) => text + (['', '\n```', '\n~~~~'][i] ?? ''))
  const entries = closed.map((text) => `## You\n\n${text}\n\n## Assistant\n\n${text}\n`)
  expect(document).toBe(`# aplly Assistant\n\n${entries.join('\n')}`)
})

it('cuts no character in half where it writes a long text in pieces', async () => {
  const visitor = createVisitor(ORIGIN, createChatApp().app.request)
  for (const before of ['', 'x']) {
    const message = before + '🌍'.repeat(20_000)
    await visitor.post('/reset')
    const answer = await visitor.post('/chat', { message })
    const { reply }: { reply: string } = JSON.parse(await answer.text())
    expect(reply).toBe(`Answer to ${message}`)
    const { turns } = await visitor.history()
    expect(turns.every(({ content }) => content.isWellFormed())).toBe(true)
    expect(turns[0]?.content.slice(0, 1000)).toBe(message.slice(0, 1000))
  }
})

describe('a long conversation', () => {
  const TURNS = 40
  let store: FaultyStore
  let visitor: Visitor
  beforeEach(async () => {
    store = createFaultyStore(createMemoryStore({ now: Date.now, maxChars: 1e9 }))
    visitor = createVisitor(ORIGIN, createChatApp({ store }).app.request)
    for (let i = 0; i < TURNS; i++) await visitor.say(`turn-${i}- ${prose(i, 9000)}`)
    store.calls.get = 0
  })

  const read = async (path: string) => {
    const { body } = await visitor.get(path)
    if (!body) throw new Error('There is no body')
    return body.getReader()
  }

  it('is read no faster than it is taken, and no further than its reader stays', async () => {
    for (const path of ['/history', '/history?format=md']) {
      store.calls.get = 0
      const reader = await read(path)
      await reader.read()
      await reader.read()
      expect(store.calls.get).toBeLessThan(8)
      await reader.cancel()
      const asked = store.calls.get
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(store.calls.get).toBe(asked)
    }
  })

  it('is not read at all for its head', async () => {
    const { app } = createChatApp({ store })
    const headers = { Cookie: visitor.cookie() }
    const response = await app.request(`${ORIGIN}/history`, { method: 'HEAD', headers })
    expect([response.status, response.headers.get('Content-Type')]).toEqual([
      200,
      'application/json',
    ])
    expect([await response.text(), store.calls.get]).toEqual(['', 0])
  })

  it('says how much is missing when the store dies in the middle', async () => {
    const reader = await read('/history')
    const decoder = new TextDecoder()
    let json = ''
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      json += decoder.decode(next.value, { stream: true })
      if (json.includes('turn-9-')) store.rejections.get = Number.POSITIVE_INFINITY
    }
    const { turns, forgotten, unreadable } = JSON.parse(json)
    expect(Object.keys(JSON.parse(json))).toEqual(['turns', 'forgotten', 'unreadable'])
    expect(unreadable).toBeGreaterThan(0)
    expect([turns.length / 2 + unreadable, forgotten]).toEqual([TURNS, 0])
    expect(turns[0].content).toMatch(/^turn-0-/)
    const document = await (await visitor.get('/history?format=md')).text()
    expect(document).toMatch(/\n\*\d+ messages cannot be read right now\.\*\n/)
  })

  it('is all there, in order', async () => {
    const { turns } = await visitor.history()
    expect(turns.map(({ content }) => /turn-(\d+)-/.exec(content)?.[1])).toEqual(
      Array.from({ length: 2 * TURNS }, (_, i) => String(i >> 1)),
    )
    const document = await (await visitor.get('/history?format=md')).text()
    expect(document.match(/^## You\n\nturn-/gm)).toHaveLength(TURNS)
  })
})
