import { Hono } from 'hono'
import { testClient } from 'hono/testing'
import { describe, expect, it } from 'vitest'
import type { AppEnv } from '../../src/context.ts'
import { chatRequest, commitRequest } from '../../src/conversation/input.ts'
import { AppError } from '../../src/errors.ts'
import { withoutHono } from '../../src/http/answer-error.tsx'
import { textBody } from '../../src/http/body.ts'
import { jsonBody } from '../../src/http/json.ts'

const app = new Hono<AppEnv>()
  .post('/chat', textBody(), jsonBody(chatRequest), (c) => c.json(c.req.valid('json')))
  .post('/commit', textBody(), jsonBody(commitRequest), (c) => c.json(c.req.valid('json')))
app.onError((thrown, c) => {
  const error = withoutHono(thrown)
  return error instanceof AppError ? c.text(error.code, 400) : c.text('unknown', 500)
})

async function post(body: string, type?: string): Promise<string> {
  const headers = type ? { 'Content-Type': type } : undefined
  const response = await app.request('/chat', { method: 'POST', body, ...(headers && { headers }) })
  return response.text()
}

describe('jsonBody()', () => {
  it('gives the route what the schema made of the body, typed', async () => {
    const client = testClient(app)
    const chat = await client.chat.$post({ json: { message: ' Hi ' } })
    expect((await chat.json()).message).toBe('Hi')
    const commit = await client.commit.$post({ json: { receipt: 'a' } })
    expect((await commit.json()).receipts).toEqual(['a'])
  })

  it.each<[string, string, string | undefined]>([
    ['unsupported_media_type', '{"message": "Hi"}', 'text/plain'],
    ['unsupported_media_type', '{"message": "Hi"}', 'application/problem+json'],
    ['unsupported_media_type', 'message=Hi', 'application/x-www-form-urlencoded'],
    ['bad_request', '{"message": "Hi"', 'application/json'],
    ['bad_request', '', 'application/json'],
    ['bad_request', '[]', 'application/json; charset=utf-8'],
    ['bad_request', '{"message": 7}', 'application/json'],
    ['bad_request', '{"message": "Hi", "replaces": 7}', 'application/json'],
    ['empty_message', '{"message": " "}', 'Application/JSON'],
    ['too_large', JSON.stringify({ message: 'x'.repeat(32_001) }), 'application/json'],
    ['too_large', JSON.stringify({ a: 'x'.repeat(256 * 1024) }), 'application/json'],
  ])('refuses with %s the body %.40j of the type %s', async (code, body, type) => {
    expect(await post(body, type)).toBe(code)
  })
})
