/** `"replaces": "last"`: Try again and Edit, as anything that speaks HTTP sees them. One suite for every runtime. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readEvents } from '../support/read-events.ts'
import { recorded } from '../support/recorded.ts'
import type { StartApp, StartedApp } from '../support/start.ts'
import { createVisitor, PLACES, type Visitor } from '../support/visitor.ts'

const server = inject('modelServer')

/** Registers the suite for one runtime. */
export function describeReplaces(runtime: string, start: StartApp): void {
  describe(`"replaces": "last" on ${runtime}`, () => {
    let app: StartedApp
    beforeAll(async () => {
      app = await start({ HF_MODEL_URL: `${server}/v1` })
    })
    afterAll(() => app.close())

    describe.each(PLACES)('at %s', (at) => {
      const newVisitor = () => createVisitor(app.url, fetch, at)
      async function contents(visitor: Visitor): Promise<readonly string[]> {
        const { turns } = await visitor.history()
        return turns.map(({ content }) => content)
      }
      async function visitorWith(...messages: string[]): Promise<Visitor> {
        const visitor = newVisitor()
        for (const message of messages) await visitor.say(message)
        return visitor
      }
      const replace = (visitor: Visitor, message: string) =>
        visitor.post('/chat', { message, replaces: 'last' })

      it('puts the new turn in the place of the last one, in the prompt too', async () => {
        const visitor = await visitorWith('[say:one] first', '[say:two] second')
        const message = `[say:three] ${crypto.randomUUID()}`
        expect(await (await replace(visitor, message)).json()).toEqual({ reply: 'three' })
        expect(await contents(visitor)).toEqual(['[say:one] first', 'one', message, 'three'])
        const [request] = await recorded(server, message)
        expect(request?.body).toContain('first')
        expect(request?.body).not.toContain('second')
      })

      it('leaves the old turn when the new one fails', async () => {
        const visitor = await visitorWith('[say:one] first')
        expect((await replace(visitor, '[fault:500]')).status).toBe(502)
        expect((await replace(visitor, ' ')).status).toBe(400)
        expect(await contents(visitor)).toEqual(['[say:one] first', 'one'])
      })

      it('takes effect with the receipt when it is streamed, once', async () => {
        const visitor = await visitorWith('[say:one] first', '[say:two] second')
        const response = await visitor.stream({ message: '[say:three] third', replaces: 'last' })
        const { events } = await readEvents(response)
        expect(await contents(visitor)).toContain('two')
        const receipt = events.at(-1)?.data['receipt']
        const replaced = ['[say:one] first', 'one', '[say:three] third', 'three']
        for (const _time of [1, 2]) {
          expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
          expect(await contents(visitor)).toEqual(replaced)
        }
      })

      it('cannot bring a replaced turn back by its receipt', async () => {
        const visitor = newVisitor()
        const { events } = await readEvents(await visitor.stream({ message: '[say:old] first' }))
        const receipt = events.at(-1)?.data['receipt']
        await visitor.post('/chat/commit', { receipt })
        await replace(visitor, '[say:new] first')
        expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
        expect(await contents(visitor)).toEqual(['[say:new] first', 'new'])
      })

      it('takes the turn of a receipt that comes along for the last', async () => {
        const visitor = newVisitor()
        const { events } = await readEvents(await visitor.stream({ message: '[say:old] first' }))
        const receipts = [events.at(-1)?.data['receipt']]
        const body = { message: '[say:new] first', replaces: 'last', receipts }
        expect((await visitor.post('/chat', body)).status).toBe(200)
        expect(await contents(visitor)).toEqual(['[say:new] first', 'new'])
      })

      it('is an ordinary turn in an empty conversation', async () => {
        const visitor = newVisitor()
        expect((await replace(visitor, '[say:one] first')).status).toBe(200)
        expect(await contents(visitor)).toEqual(['[say:one] first', 'one'])
      })

      it('works from the form, and knows no other value', async () => {
        const visitor = await visitorWith('[say:one] first')
        const fields = { message: '[say:two] second', replaces: 'last' }
        expect((await visitor.submit('/chat', fields)).status).toBe(303)
        expect(await contents(visitor)).toEqual(['[say:two] second', 'two'])
        for (const replaces of ['first', '', 3, null, ['last']]) {
          const response = await visitor.post('/chat', { message: 'x', replaces })
          expect([response.status, await response.json()]).toMatchObject([
            400,
            { code: 'bad_request' },
          ])
        }
      })
    })
  })
}
