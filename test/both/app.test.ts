import { describe, expect, it } from 'vitest'
import { newTurnId } from '../../src/conversation/turn-id.ts'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { readEvents } from '../support/read-events.ts'
import { createVisitor } from '../support/visitor.ts'

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

  it('saves a streamed reply although another machine’s clock was an hour ahead', async () => {
    const { app, cookies } = createChatApp()
    const visitor = createVisitor(ORIGIN, app.request)
    const floor = newTurnId(Date.now() + 3_600_000, '')
    const { line } = await cookies.save({ ...cookies.start(), floor }, 'plain')
    visitor.setCookie(line.split(';')[0] ?? '')
    const { events } = await readEvents(await visitor.stream({ message: 'Hi' }))
    const receipt = events.at(-1)?.data['receipt']
    expect((await visitor.post('/chat/commit', { receipt })).status).toBe(200)
    expect((await visitor.history()).turns).toHaveLength(2)
  })
})
