/**
 * CPU time of a whole streamed turn of 200 tokens as the page asks for it, rendered, with checkpoints and its commit: many at once,
 * at the pace of a model, in one process. Prints milliseconds a turn; Workers' free plan allows 10.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { createApp } from '../../src/app.ts'
import { createArchive } from '../../src/conversation/archive/archive.ts'
import { createReceipts } from '../../src/conversation/receipt.ts'
import type { Model } from '../../src/model/model.ts'
import { createSessionCookies } from '../../src/session/cookie.ts'
import { parseSettings } from '../../src/settings/settings.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { prose } from '../support/prose.ts'

const TURNS = 100
const TOKENS = 200
const EVERY_MS = 40

const SECRET = 'a secret of the bench long enough to sign with'
const reply = [
  `## ${prose(1, 30)}`,
  prose(2, 200),
  `- ${prose(3, 60)}\n- **${prose(4, 40)}** ${prose(5, 80)}`,
  `\`\`\`js\nfor (const word of words) console.log(word, 1 + 2) // ${prose(6, 40)}\n\`\`\``,
  prose(7, 300),
].join('\n\n')
const pieces = reply.match(new RegExp(`[^]{1,${Math.ceil(reply.length / TOKENS)}}`, 'g')) ?? []
const model: Model = {
  name: 'fixed',
  async *answer() {
    for (const text of pieces) {
      await sleep(EVERY_MS)
      yield { kind: 'text', text }
    }
    return { finish: 'stop', model: 'fixed' }
  },
}

const parsed = parseSettings({ SESSION_SECRET: SECRET })
if (!parsed.ok) throw new Error('the settings of this bench are not valid')
const tokens = createTokens([SECRET])
const log = () => {}
const archive = createArchive({ store: null, log })
const cookies = createSessionCookies({ tokens, archive, maxAgeSeconds: 1000, now: Date.now })
const receipts = createReceipts(tokens)
const service = { settings: parsed.value, model, cookies, archive, store: null, receipts }
const app = createApp({ log, service })

async function post(path: string, body: object, cookie: string): Promise<Response> {
  return app.request(`http://localhost${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'text/event-stream, application/json',
      Cookie: cookie,
    },
    body: JSON.stringify(body),
  })
}

async function turn(): Promise<void> {
  const response = await post('/chat', { message: prose(8, 80), html: true }, '')
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const receipt = /event: done\ndata: .*"receipt":"([^"]+)"/.exec(await response.text())?.[1]
  await (await post('/chat/commit', { receipt }, cookie)).text()
}

await Promise.all(Array.from({ length: TURNS }, turn))
for (let run = 1; run <= 3; run++) {
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: TURNS }, turn))
  const { user, system } = process.cpuUsage(before)
  console.log(`run ${run}: ${((user + system) / 1000 / TURNS).toFixed(2)} ms of CPU a turn`)
}
