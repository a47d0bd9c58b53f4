import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { mediaType, preferred, wantsEvents, wantsPage } from '../../src/http/negotiate.ts'

const app = new Hono().all('/', (c) =>
  c.json({
    page: wantsPage(c),
    events: wantsEvents(c),
    history: preferred(c, ['text/markdown', 'application/json'], 'application/json'),
    type: mediaType(c),
  }),
)

async function ask(headers: Record<string, string>): Promise<Record<string, unknown>> {
  const answer: Record<string, unknown> = JSON.parse(
    await (await app.request('/', { method: 'POST', headers })).text(),
  )
  return answer
}

describe('an answer', () => {
  it.each<[string, string, boolean]>([
    ['nothing', '', false],
    ['curl', '*/*', false],
    ['a script', 'application/json', false],
    ['a browser that opens an address', 'text/html,application/xhtml+xml,*/*;q=0.8', true],
    ['HTML first by quality', 'text/html, application/json;q=0.5', true],
    ['JSON first by quality', 'text/html;q=0.5, application/json', false],
    ['both alike', 'text/html, application/json', false],
    ['any text', 'text/*', true],
    ['HTML by a name in capitals', 'TEXT/HTML', true],
    ['no HTML', 'text/html;q=0', false],
    ['any text but HTML', 'text/*, text/html;q=0', false],
    ['events', 'text/event-stream', false],
    ['what is no list', ';;,,=,"', false],
  ])('is a page or JSON for %s', async (_name, accept, page) => {
    expect((await ask(accept ? { Accept: accept } : {}))['page']).toBe(page)
  })

  it('is a page for a form, whatever it accepts', async () => {
    const type = 'application/x-www-form-urlencoded; charset=UTF-8'
    expect(await ask({ Accept: 'application/json', 'Content-Type': type })).toMatchObject({
      page: true,
      type: 'application/x-www-form-urlencoded',
    })
  })

  it.each<[string, boolean]>([
    ['text/event-stream', true],
    ['text/event-stream, application/json', true],
    ['application/json, text/event-stream', true],
    ['text/event-stream;q=0.1, application/json', false],
    ['text/event-stream;q=0', false],
    ['application/json', false],
    ['*/*', false],
  ])('comes as events for %j: %s', async (accept, events) => {
    expect((await ask({ Accept: accept }))['events']).toBe(events)
  })

  it.each<[string, string]>([
    ['text/markdown', 'text/markdown'],
    ['text/markdown;q=0.9, application/json', 'application/json'],
    ['text/html, */*', 'application/json'],
  ])('has the format that %j prefers', async (accept, history) => {
    expect((await ask({ Accept: accept }))['history']).toBe(history)
  })
})
