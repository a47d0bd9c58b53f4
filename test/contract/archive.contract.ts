/** Conversations that outgrow their cookie, as anything that speaks HTTP sees them. One suite for every runtime. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { prose } from '../support/prose.ts'
import { readEvents } from '../support/read-events.ts'
import { recorded } from '../support/recorded.ts'
import type { StartApp, StartedApp } from '../support/start.ts'
import { createVisitor, PLACES, type Visitor } from '../support/visitor.ts'

const server = inject('modelServer')

/** Registers the suite for one runtime. */
export function describeArchive(runtime: string, start: StartApp): void {
  describe(`a long conversation on ${runtime}`, () => {
    let app: StartedApp
    beforeAll(async () => {
      app = await start({ HF_MODEL_URL: `${server}/v1`, MAX_TURNS: '9' })
    })
    afterAll(() => app.close())

    describe.each(PLACES)('at %s', (at) => {
      const newVisitor = () => createVisitor(app.url, fetch, at)
      async function send(visitor: Visitor, message: string, streamed: boolean): Promise<void> {
        if (!streamed) return void (await visitor.say(message))
        const { events } = await readEvents(await visitor.stream({ message }))
        const receipt = events.at(-1)?.data['receipt']
        expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
      }

      it('loses nothing, streamed or not, huge or small, and gives the model the right window', {
        timeout: 60_000,
      }, async () => {
        const visitor = newVisitor()
        const said: string[] = []
        for (let i = 0; i < 50; i++) {
          const chars = i % 17 === 9 ? 20_000 : 900
          const mark = crypto.randomUUID()
          const answer = `Answer ${i}. ${prose(i, chars / 2)}`
          const message = `Question ${i}? ${mark} ${prose(i + 900, chars / 4)} [say:${answer}]`
          await send(visitor, message, i % 3 === 1)
          said.push(message, answer)
          const [request] = await recorded(server, `Question ${i}? ${mark}`)
          const { messages } = JSON.parse(request?.body ?? '{}')
          expect(messages.slice(1).map(({ content }: { content: string }) => content)).toEqual(
            said.slice(0, -1).slice(-9),
          )
        }
        const { turns, forgotten, unreadable } = await visitor.history()
        expect(turns.map(({ content }) => content)).toEqual(said)
        expect([forgotten, unreadable]).toEqual([0, undefined])
        const markdown = await (await visitor.get('/history?format=md')).text()
        for (const text of said) expect(markdown).toContain(text)
      })

      it('shows the newest turns at once and earlier ones on demand', async () => {
        const visitor = newVisitor()
        // The first question is the title too, as far as that goes.
        const opening = 'Once upon a time '.repeat(4)
        for (let i = 0; i < 30; i++) await visitor.say(`${opening}turn-${i}- ${prose(i, 1000)}`)
        // The last question stands in a form as well.
        const shown = (html: string) => [
          ...new Set([...html.matchAll(/turn-(\d+)-/g)].map(([, i]) => Number(i))),
        ]
        const numbers = (from: number, to: number) =>
          Array.from({ length: to - from }, (_, i) => from + i)
        const newest = await visitor.page()
        expect(shown(newest)).toEqual(numbers(20, 30))
        expect(newest).toContain(`href="${(await visitor.base()) || '/'}?before=20"`)
        const earlier = await (await visitor.get('/?before=20')).text()
        expect(shown(earlier)).toEqual(numbers(0, 20))
        expect(earlier).not.toContain('?before=')
        for (const odd of ['0', '-1', '99', 'x', '1e1', '']) {
          const html = await (await visitor.get(`/?before=${odd}`)).text()
          expect(shown(html)).toEqual(odd === '0' ? [] : numbers(20, 30))
        }
      })

      it('lets the last turn be replaced although it is too large for the cookie', async () => {
        const visitor = newVisitor()
        await visitor.say('[say:one] first')
        await visitor.say(`[say:two] ${prose(1, 20_000)}`)
        const body = { message: '[say:three] third', replaces: 'last' }
        expect((await visitor.post('/chat', body)).status).toBe(200)
        const { turns } = await visitor.history()
        expect(turns.map(({ content }) => content)).toEqual([
          '[say:one] first',
          'one',
          '[say:three] third',
          'three',
        ])
      })

      it('is gone after a reset, for an old cookie too, which then still works', async () => {
        const visitor = newVisitor()
        for (let i = 0; i < 9; i++) await visitor.say(prose(i, 1200))
        const old = visitor.cookie()
        expect((await visitor.post('/reset')).status).toBe(200)
        expect(await visitor.history()).toEqual({ turns: [], forgotten: 0 })
        visitor.setCookie(old)
        const { turns, unreadable } = await visitor.history()
        expect([turns.length / 2 + (unreadable ?? 0), (unreadable ?? 0) > 0]).toEqual([9, true])
        await visitor.say('Hello')
        expect(await visitor.page()).toContain('Hello')
      })
    })
  })
}
