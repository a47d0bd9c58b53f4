import { describe, expect, it } from 'vitest'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'

describe('POST /chat', () => {
  it('saves a reply in one piece although another machine’s clock was ahead', async () => {
    const { app, cookies } = createChatApp()
    const ahead = { ...cookies.start(), floor: 'z'.repeat(13) }
    const { line } = await cookies.save(ahead, 'plain')
    const response = await app.request(`${ORIGIN}/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: line.split(';')[0] ?? '' },
      body: '{"message": "Hi"}',
    })
    expect(await response.json()).toEqual({ reply: 'Answer to Hi' })
    const saved = await cookies.load(
      response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      'plain',
    )
    expect(saved?.turns).toMatchObject([{ user: 'Hi', assistant: 'Answer to Hi' }])
  })
})
