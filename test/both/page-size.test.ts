/** A page opens fast, whatever its turns hold. */

import { describe, expect, it } from 'vitest'
import { en } from '../../src/page/texts/en.ts'
import { renderThread } from '../../src/page/thread.tsx'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createVisitor } from '../support/visitor.ts'

const MAX_PAGE_BYTES = 1_000_000
/** A reply that is not its own source, and takes five or six bytes a character in both. */
const MARKS = `**x** ${'"'.repeat(63_900)}`
const bytesOf = (text: string) => new TextEncoder().encode(text).length

/** A visitor who has said these texts, and heard them back. */
async function visitorWho(said: readonly string[]) {
  const store = createMemoryStore({ now: Date.now, maxChars: 1e9 })
  const { app, cookies, receipts } = createChatApp({ store })
  const visitor = createVisitor(ORIGIN, app.request)
  await visitor.get('/')
  const state = await cookies.load(visitor.cookie(), 'plain')
  for (const [i, text] of said.entries()) {
    const id = `zzzzzzz${String(i).padStart(2, '0')}0000`
    const turn = {
      id,
      user: `turn-${i}- ${text.slice(0, 31_000)}`,
      assistant: text,
      stopped: false,
    }
    const receipt = await receipts.issue({ conversationId: state?.id ?? '', turn, replaces: '' })
    expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
  }
  return visitor
}

const shown = (html: string) => [...html.matchAll(/>turn-(\d+)-/g)].map(([, i]) => Number(i))

describe('a page', { timeout: 30_000 }, () => {
  it.each([
    ['marks that take six bytes', MARKS, 12],
    ['wide letters', '語'.repeat(64_000), 12],
    ['many blocks', 'x\n\n'.repeat(16_000), 12],
    ['ordinary replies', 'An ordinary reply. '.repeat(1000), 40],
  ])('stays under a megabyte with %s, and leads to all turns', async (_name, text, count) => {
    const visitor = await visitorWho(Array.from({ length: count }, () => text))
    const seen: number[] = []
    let path = '/'
    for (let pages = 0; path !== '' && pages < 50; pages++) {
      const html = await (await visitor.get(path)).text()
      expect(bytesOf(html)).toBeLessThan(MAX_PAGE_BYTES)
      expect(shown(html).length).toBeGreaterThan(0)
      seen.unshift(...shown(html))
      path = /id="earlier" href="([^"]*)"/.exec(html)?.[1] ?? ''
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  it('stays under a megabyte with the longest message in its box', async () => {
    const visitor = await visitorWho(Array.from({ length: 3 }, () => MARKS))
    const response = await visitor.submit('/chat', { message: '"'.repeat(32_001) })
    expect(response.status).toBe(413)
    const html = await response.text()
    expect(/<textarea[^>]*>([^<]*)/.exec(html)?.[1]?.length).toBeGreaterThan(32_001)
    expect(bytesOf(html)).toBeLessThan(MAX_PAGE_BYTES)
  })

  it('cuts a turn that is too large alone, and says where it is whole', async () => {
    const visitor = await visitorWho(['**first**', MARKS])
    const html = await visitor.page()
    expect(shown(html)).toEqual([0, 1])
    expect(html.split('[…]')).toHaveLength(3)
    const link = /<a href="\/history\?format=md" download="conversation.md">[^<]+<\/a><\/p>/
    expect(link.test(html)).toBe(true)
    expect(html.includes('<strong>first</strong>')).toBe(true)
  })
})

describe('renderThread', () => {
  const turn = (i: number) => ({
    id: `${i}`,
    user: `turn-${i}- `,
    assistant: '**x**',
    stopped: false,
  })

  const view = { texts: en, base: '', isNewest: true }

  it('shows the newest that fit, counted in bytes, at least one', () => {
    const turns = [0, 1, 2, 3].map((i) => ({ ...turn(i), user: `turn-${i}- é語😀` }))
    const whole = renderThread(turns, view)
    expect([whole.count, shown(whole.html)]).toEqual([4, [0, 1, 2, 3]])
    const bytes = bytesOf(whole.html)
    expect(renderThread(turns, view, bytes).count).toBe(4)
    expect(renderThread(turns, view, bytes - 1).count).toBe(3)
    expect(shown(renderThread(turns, view, 0).html)).toEqual([3])
    expect(renderThread([], view)).toEqual({ html: '', count: 0 })
  })
})
