import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import type { Model } from '../../src/model/model.ts'
import { createArchive } from '../../src/session/archive.ts'
import { createSessionCookies } from '../../src/session/cookie.ts'
import { createReceipts } from '../../src/session/receipt.ts'
import { createTokens } from '../../src/session/token.ts'
import { parseSettings } from '../../src/settings.ts'

const SECRET = 'a secret of the tests long enough to sign with'

function build() {
  const parsed = parseSettings({ SESSION_SECRET: SECRET })
  if (!parsed.ok) throw new Error('the settings of this test are not valid')
  const tokens = createTokens([SECRET])
  const archive = createArchive({ tokens, store: null, log: () => {}, cacheChars: 0 })
  const cookies = createSessionCookies({ tokens, archive, maxAgeSeconds: 1000, now: Date.now })
  const model: Model = {
    async *answer() {
      yield 'Hello'
      return 'stop'
    },
  }
  const receipts = createReceipts(tokens)
  const service = { settings: parsed.value, model, cookies, archive, store: null, receipts }
  return { app: createApp({ log: () => {}, service }), cookies }
}

describe('POST /chat', () => {
  it('saves a reply in one piece although another machine’s clock was ahead', async () => {
    const { app, cookies } = build()
    const ahead = { ...cookies.start(), floor: 'z'.repeat(13) }
    const { line } = await cookies.save(ahead, 'plain')
    const response = await app.request('http://localhost/chat', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: line.split(';')[0] ?? '' },
      body: '{"message": "Hi"}',
    })
    expect(await response.json()).toEqual({ reply: 'Hello' })
    const saved = await cookies.load(
      response.headers.getSetCookie()[0]?.split(';')[0] ?? '',
      'plain',
    )
    expect(saved?.turns).toMatchObject([{ user: 'Hi', assistant: 'Hello' }])
  })
})
