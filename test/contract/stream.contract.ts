/** A streamed turn and its receipt, as anything that speaks HTTP sees them: one suite for every runtime. */

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { renderMarkdown } from '../../src/markdown/markdown.ts'
import { SETTLED_HEADER } from '../../src/wire.ts'
import { type ReadEvent, readEvents } from '../support/read-events.ts'
import { recorded } from '../support/recorded.ts'
import { scripted } from '../support/script.ts'
import type { StartApp, StartedApp } from '../support/start.ts'
import { createVisitor, PLACES, type Visitor } from '../support/visitor.ts'

const server = inject('modelServer')

/** Longer than a visitor's leaving may take to be noticed, so that it is not mistaken for the end of the patience. */
const TIMEOUT_MS = 3000

/** Registers the suite for one runtime. */
export function describeStream(runtime: string, start: StartApp): void {
  describe(`a streamed turn on ${runtime}`, () => {
    let app: StartedApp
    beforeAll(async () => {
      app = await start({ HF_MODEL_URL: `${server}/v1`, TIMEOUT_MS: String(TIMEOUT_MS) })
    })
    afterAll(() => app.close())

    const DONE = 'data: [DONE]\n\n'
    const delta = (content: string) =>
      `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`

    describe.each(PLACES)('at %s', (at) => {
      const newVisitor = () => createVisitor(app.url, fetch, at)

      /** Streams a message to its end and gives back the receipt. */
      async function receiptFor(visitor: Visitor, message: string): Promise<string> {
        const { events } = await readEvents(await visitor.stream({ message }))
        return String(events.at(-1)?.data['receipt'])
      }
      const commit = (visitor: Visitor, receipts: unknown[]) =>
        visitor.post('/chat/commit', { receipts })

      it('comes as tokens, then done with the reply and a receipt', async () => {
        const response = await newVisitor().stream({ message: 'Hi' })
        expect(response.status).toBe(200)
        expect(response.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8')
        expect(response.headers.get('Cache-Control')).toBe('no-cache, no-transform')
        expect(response.headers.get('X-Accel-Buffering')).toBe('no')
        expect(response.headers.getSetCookie()).toHaveLength(1)
        const { events } = await readEvents(response)
        const tokens = events.filter(({ name }) => name === 'token')
        expect(tokens.length).toBeGreaterThan(3)
        expect(tokens.map(({ data }) => data['text']).join('')).toBe('Reply to 1 of yours.')
        // On a machine that is busy there is time for a checkpoint.
        const others = events.filter(({ name }) => name !== 'token' && name !== 'checkpoint')
        expect(others).toEqual([events.at(-1)])
        expect(others).toEqual([
          {
            name: 'done',
            data: {
              reply: 'Reply to 1 of yours.',
              receipt: expect.stringMatching(/^1\.[\w-]+\.[\w-]+$/),
              finish: 'stop',
            },
          },
        ])
      })

      it('is in the conversation once its receipt is committed, and not before', async () => {
        const visitor = newVisitor()
        const receipt = await receiptFor(visitor, 'parsley')
        expect(await visitor.page()).not.toContain('parsley')
        const response = await visitor.post('/chat/commit', { receipt })
        expect([response.status, await response.json()]).toEqual([200, { status: 'saved' }])
        expect(await visitor.page()).toContain('parsley')
        expect(await visitor.say('And now?')).toBe('Reply to 2 of yours.')
      })

      it('is added once, however often it is committed, and keeps its place beside another tab’s', async () => {
        const visitor = newVisitor()
        await visitor.say('tabs open')
        const [one, two] = await Promise.all([
          receiptFor(visitor, 'tab one'),
          receiptFor(visitor, 'tab two'),
        ])
        await commit(visitor, [one])
        await commit(visitor, [two])
        expect((await commit(visitor, [one, two])).status).toBe(200)
        const said = await visitor.said()
        expect(said.filter((text) => text === 'tab one')).toHaveLength(1)
        expect(said.filter((text) => text === 'tab two')).toHaveLength(1)
      })

      it('can come along with the next message instead', async () => {
        const visitor = newVisitor()
        const receipts = [await receiptFor(visitor, 'first')]
        const response = await visitor.post('/chat', { message: 'second', receipts })
        expect(await response.json()).toEqual({ reply: 'Reply to 2 of yours.' })
        expect(await visitor.page()).toContain('first')
      })

      it('is refused in another conversation and after a reset, and sets no cookie', async () => {
        const visitor = newVisitor()
        const receipt = await receiptFor(visitor, 'parsley')
        const stranger = newVisitor()
        await stranger.say('Hello')
        await visitor.post('/reset')
        const absent = at === 'root' ? 'receipt_conflict' : 'not_found'
        for (const [other, code] of [
          [stranger, 'receipt_conflict'],
          [visitor, 'receipt_conflict'],
          [newVisitor(), absent],
        ] as const) {
          const response = await commit(other, [receipt])
          expect(response.status).toBe(code === 'not_found' ? 404 : 409)
          expect(response.headers.getSetCookie()).toEqual([])
          expect(await response.json()).toMatchObject({ code })
          expect(await other.page()).not.toContain('parsley')
        }
      })

      it('cannot be forged', async () => {
        const visitor = newVisitor()
        const receipt = await receiptFor(visitor, 'parsley')
        const session = /=([^;]+)/.exec(visitor.cookie())?.[1] ?? ''
        for (const forged of ['', 'x', session, `${receipt}x`, receipt.replace(/^1\../, '1.B')]) {
          const response = await commit(visitor, [receipt, forged])
          expect(response.status).toBe(400)
          expect(response.headers.getSetCookie()).toEqual([])
          expect(await response.json()).toMatchObject({ code: 'receipt_invalid' })
        }
        expect((await commit(visitor, [7])).status).toBe(400)
        expect((await commit(visitor, [])).status).toBe(400)
        expect((await visitor.submit('/chat/commit', { receipt })).status).toBe(415)
      })

      it('answers an error that is known at once with its status', async () => {
        const response = await newVisitor().stream({ message: '[fault:422]' })
        expect(response.status).toBe(502)
        expect(await response.json()).toMatchObject({ code: 'model_error' })
        expect((await newVisitor().stream({ message: ' ' })).status).toBe(400)
      })

      it('tells a later error as an event, which is the last, and leaks nothing', async () => {
        const message = scripted({
          chunks: [delta('Half'), 'data: {"error":"Bearer hf_leak at http://10.0.0.7"}\n\n'],
          everyMs: 50,
        })
        const { events, text } = await readEvents(await newVisitor().stream({ message }))
        // On a machine that is busy there is time for a checkpoint.
        const told = events.filter(({ name }) => name !== 'checkpoint')
        expect(told.map(({ name }) => name)).toEqual(['token', 'error'])
        expect(events.at(-1)?.data).toEqual({
          error: 'The model failed to answer. Please try again.',
          code: 'model_error',
          partial: true,
        })
        expect(text).not.toMatch(/hf_|10\.0\.0/)
        await expect
          .poll(() => app.logs())
          .toMatch(/"event":"turn".*"code":"model_error".*answered 200: failed/)
        expect(app.logs()).not.toMatch(/hf_leak|10\.0\.0/)
      })

      /** The line in the log of the turn that a mark in its message asked for so many characters. */
      async function turnLine(charsIn: number): Promise<Readonly<Record<string, unknown>>> {
        const found = () =>
          app
            .logs()
            .split('\n')
            .filter((line) => line.includes('"event":"turn"'))
            .map((line): Record<string, unknown> => JSON.parse(line.slice(line.indexOf('{'))))
            .find((line) => line['charsIn'] === charsIn)
        await expect.poll(found, { timeout: 5000 }).toBeDefined()
        return found() ?? {}
      }

      it('leaves one line in the log that says what it took, streamed or not, and none of its text', async () => {
        const said = 'A secret of the visitor.'
        const chars = at === 'root' ? 701 : 801
        const message = (length: number) => `[say:${said}] My own words.`.padEnd(length, '!')
        const visitor = newVisitor()
        await readEvents(await visitor.stream({ message: message(chars) }))
        await visitor.post('/chat', { message: message(chars + 1) })
        const whole = {
          level: 'info',
          finish: 'stop',
          charsOut: said.length,
          retries: 0,
          storeOperations: 0,
          model: 'meta-llama/Llama-3.1-8B-Instruct',
          reasoningChars: 0,
          completionTokens: said.split(' ').length,
        }
        for (const [charsIn, streamed] of [
          [chars, true],
          [chars + 1, false],
        ] as const) {
          const line = await turnLine(charsIn)
          expect(line).toMatchObject({ ...whole, streamed })
          expect(line['promptChars']).toBeGreaterThan(charsIn)
          expect(line['promptTokens']).toBeGreaterThan(3)
          expect(Number(line['firstWordMs'])).toBeLessThanOrEqual(Number(line['ms']))
        }
        expect(app.logs()).not.toMatch(/secret of|own words/)
      })

      it('leaves a line when its visitor leaves, which is no error', async () => {
        const chars = at === 'root' ? 703 : 803
        const message = `[fault:hang] ${crypto.randomUUID()}`.padEnd(chars, '!')
        const leaving = new AbortController()
        const response = await newVisitor().stream({ message }, leaving.signal)
        expect(response.status).toBe(200)
        leaving.abort()
        expect(await turnLine(chars)).toMatchObject({
          level: 'info',
          code: 'visitor_left',
          firstWordMs: null,
        })
      })

      it('keeps the connection alive while the model thinks, and tells when it took too long', async () => {
        const { events, comments } = await readEvents(
          await newVisitor().stream({ message: '[fault:hang]' }),
        )
        expect(comments).toBeGreaterThan(2)
        expect(events.map(({ data }) => [data['code'], data['partial']])).toEqual([
          ['model_timeout', false],
        ])
      })

      it.each([
        [
          'in the middle of a reply',
          () => scripted({ chunks: [delta('Half')], ends: 'hang' }),
          'Half',
        ],
        ['while the model thinks', () => `[fault:hang] ${crypto.randomUUID()}`, ''],
      ])(
        'lets the model go within a second when the visitor leaves %s',
        async (_when, message, seen) => {
          const asked = message()
          const leaving = new AbortController()
          const response = await newVisitor().stream({ message: asked }, leaving.signal)
          if (seen !== '') {
            const reader = response.body?.getReader()
            const { value } = (await reader?.read()) ?? {}
            expect(new TextDecoder().decode(value)).toContain(seen)
          }
          leaving.abort()
          const abandoned = async () => (await recorded(server, asked.slice(-36)))[0]?.abandoned
          await expect.poll(abandoned, { timeout: 1000, interval: 20 }).toBe(true)
        },
      )

      it('passes words on as they come', async () => {
        const message = scripted({
          chunks: [delta('one'), delta(' two'), 'data: [DONE]\n\n'],
          everyMs: 600,
        })
        const { events } = await readEvents(await newVisitor().stream({ message }))
        const [one, two, done] = events
          .filter(({ name }) => name !== 'checkpoint')
          .map(({ atMs }) => atMs)
        expect((two ?? 0) - (one ?? 0)).toBeGreaterThan(150)
        expect((done ?? 0) - (two ?? 0)).toBeGreaterThan(150)
      })

      describe('its checkpoints', () => {
        const receiptsOf = (events: readonly ReadEvent[]) =>
          events
            .filter(({ name }) => name === 'checkpoint')
            .map(({ data }) => String(data['receipt']))

        it('come at widening distances and stay together under four times the reply', async () => {
          const message = '[count:150] [every:8]'
          const { events } = await readEvents(await newVisitor().stream({ message }))
          const receipts = receiptsOf(events)
          expect(receipts.length).toBeGreaterThan(2)
          const reply = String(events.at(-1)?.data['reply'])
          expect(reply.length).toBeGreaterThan(1000)
          expect(receipts.join('').length).toBeLessThan(4 * reply.length)
          const positions = events.flatMap(({ name }, i) => (name === 'checkpoint' ? [i] : []))
          const distances = positions.map((position, i) => position - (positions[i - 1] ?? 0))
          expect(distances.at(-1)).toBeGreaterThan(distances[1] ?? 0)
        })

        it('keep what was said when the visitor stops, marked, and the model goes on from there', async () => {
          const visitor = newVisitor()
          const message = scripted({
            chunks: [delta('Half of an'), delta(' answer')],
            ends: 'hang',
          })
          const leaving = new AbortController()
          const response = await visitor.stream({ message }, leaving.signal)
          const checkpoint = await firstCheckpoint(response)
          leaving.abort()
          expect((await commit(visitor, [checkpoint])).status).toBe(200)
          expect(await (await visitor.get('/history')).json()).toMatchObject({
            turns: [
              { role: 'user', content: message },
              { role: 'assistant', content: 'Half of an answer', stopped: true },
            ],
          })
          expect(await (await visitor.get('/history?format=md')).text()).toContain('(stopped)')
          expect(await visitor.say('Go on')).toBe('Reply to 2 of yours.')
        })

        it('give way to the whole reply, and never take its place', async () => {
          const visitor = newVisitor()
          const message = '[count:150] [every:8]'
          const { events } = await readEvents(await visitor.stream({ message }))
          const [early = '', later = ''] = receiptsOf(events)
          const done = String(events.at(-1)?.data['receipt'])
          for (const receipt of [later, early, done, later]) await commit(visitor, [receipt])
          const history = await visitor.history()
          expect(history.turns.map(({ content }) => content)).toEqual([
            message,
            events.at(-1)?.data['reply'],
          ])
          expect(history.turns[1]?.stopped).toBeUndefined()
        })

        it('are not sent for a reply that is there at once', async () => {
          const { events } = await readEvents(await newVisitor().stream({ message: 'Hi' }))
          expect(receiptsOf(events)).toEqual([])
        })
      })

      describe('rendered', () => {
        const reply =
          '# Title\n\nSome **bold** words\n\n1. one\n2. two\n\n```js\nlet a = 1 < 2\n```\n'
        const pieces = reply.match(/[\s\S]{1,3}/g) ?? []

        it('comes block by block if asked for, at most four times a second, and in the end exactly', async () => {
          const message = scripted({ chunks: [...pieces.map(delta), DONE], everyMs: 25 })
          const response = await newVisitor().stream({ message, html: true })
          const { events } = await readEvents(response)
          const frames = events.filter(({ name }) => name === 'html')
          const blocks: string[] = []
          for (const { data } of frames) blocks[Number(data['block'])] = String(data['html'])
          expect(blocks.join('')).toBe(renderMarkdown(reply.trim()))
          expect(blocks).toHaveLength(4)
          const seconds = ((events.at(-1)?.atMs ?? 0) - (events[0]?.atMs ?? 0)) / 1000
          const moments = new Set(frames.map(({ atMs }) => Math.round(atMs / 50)))
          expect(moments.size).toBeGreaterThan(2)
          expect(moments.size).toBeLessThan(4 * seconds + 3)
          const finished = frames.filter(({ data }) => data['block'] === 0)
          expect(finished.at(-1)?.data['html']).toContain('Title</h3>')
        })

        it('shows nothing of the model’s markup as markup, nor does it without being asked', async () => {
          const chunks = [delta('<img src=x onerror=alert(1)>'), DONE]
          const visitor = newVisitor()
          const asked = await readEvents(
            await visitor.stream({ message: scripted({ chunks }), html: true }),
          )
          const [frame] = asked.events.filter(({ name }) => name === 'html')
          expect(frame?.data['html']).toContain('&#60;img')
          for (const html of [false, 'true', 1, null]) {
            const { events } = await readEvents(await visitor.stream({ message: 'Hi', html }))
            expect(events.map(({ name }) => name)).not.toContain('html')
          }
        })
      })

      it('tells which receipts can be thrown away: those that the cookie held before', async () => {
        const visitor = newVisitor()
        const receipt = await receiptFor(visitor, 'parsley')
        const settled = async (response: Promise<Response>) =>
          (await response).headers.get(SETTLED_HEADER)
        const stranger = newVisitor()
        const foreign = await receiptFor(stranger, 'sage')
        expect(await settled(commit(visitor, [receipt]))).toBe('')
        expect(await settled(commit(visitor, [foreign, receipt]))).toBe('0,1')
        expect(await settled(visitor.post('/chat', { message: 'x', receipts: [receipt] }))).toBe(
          '0',
        )
        expect(await settled(visitor.stream({ message: 'x', receipts: [foreign] }))).toBe('0')
        expect(await settled(commit(visitor, [foreign]))).toBe('0')
        expect(await settled(visitor.post('/chat', { message: 'x' }))).toBeNull()
      })
    })
  })
}

/** Reads until the first checkpoint comes. */
async function firstCheckpoint(response: Response): Promise<string> {
  let text = ''
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    const found = /event: checkpoint\ndata: \{"receipt":"([^"]+)"\}/.exec(text)?.[1]
    if (found) return found
  }
  throw new Error(`No checkpoint in: ${text}`)
}
