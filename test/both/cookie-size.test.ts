/** However full its cookies are, a browser sends less than a server's limit of one header line. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createChatApp } from '../support/chat-app.ts'
import { createVisitor } from '../support/visitor.ts'

const SITE = 'https://chat.example.com'
/** What nginx takes (https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers). */
const MAX_LINE_BYTES = 8192
const MAX_COOKIES = MAX_LINE_BYTES - 'Cookie: \r\n'.length

/** Text that does not compress. */
function noise(chars: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(chars))
  return String.fromCharCode(...bytes.map((byte) => 33 + (byte % 90)))
}

describe('the Cookie header', () => {
  it.each([
    ['a store', () => createMemoryStore({ now: () => 0, maxChars: 1e9 })],
    ['no store', () => null],
  ])('stays under 8 KB with %s, whatever is said where and in which order', async (_name, open) => {
    const which = fc.array(fc.nat(2), { minLength: 1, maxLength: 14, size: 'max' })
    await fc.assert(
      fc.asyncProperty(which, async (order) => {
        const { app } = createChatApp({ store: open() })
        const reach = (url: string, init: RequestInit) => app.request(url, init)
        const visitor = createVisitor(SITE, reach)
        const fresh = () => createVisitor(SITE, reach, 'own').base()
        const bases = ['', await fresh(), await fresh()]
        const talk = async (): Promise<void> => {
          for (const place of order) {
            const there = visitor.in(bases[place] ?? '')
            // The reply repeats it, so that a cookie holds a turn or two.
            const response = await there.post('/chat', { message: noise(900) })
            expect(response.status).toBe(200)
          }
        }
        await talk()
        await visitor.post('/preferences', { theme: 'system', list: 'hidden', language: 'de' })
        for (let i = 0; i < 38; i++) await visitor.in(await fresh()).say(noise(60))
        const parked = visitor.in(await fresh())
        await parked.say('to be parked')
        for (let i = 0; i < 2; i++) await parked.post('/park')
        await talk()
        for (const base of bases) await visitor.in(base).get('/')
        expect(visitor.longestHeader()).toBeGreaterThan(4000)
        expect(visitor.longestHeader()).toBeLessThanOrEqual(MAX_COOKIES)
        expect((await visitor.list()).length).toBeGreaterThan(38)
      }),
      { numRuns: 4, seed: 12 },
    )
  })
})
