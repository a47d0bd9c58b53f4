/** The conversation as a document. */

import { expect, it } from 'vitest'
import { createChatApp, ORIGIN } from '../support/chat-app.ts'
import { createVisitor } from '../support/visitor.ts'

const TEXTS = [
  'plain',
  'cut off:\n```js\nlet a = `',
  'cut off:\n~~~~ text\n```\n~~~\nend',
  'whole:\n````md\n```js\nlet a\n```\n````',
  'in a list:\n- one\n  ```js\n  let a\n  ```\n- two',
  'no block:\n```inline``` and `more`',
]

it('ends in a Markdown download what a text leaves open, and changes nothing else', async () => {
  const model = {
    name: 'fake',
    async *answer() {
      yield TEXTS[said % TEXTS.length] ?? ''
      return 'length' as const
    },
  }
  const { app } = createChatApp({ model })
  const visitor = createVisitor(ORIGIN, app.request)
  let said = 0
  for (const text of TEXTS) {
    await visitor.say(text)
    said += 1
  }
  const document = await (await visitor.get('/history?format=md')).text()
  const closed = TEXTS.map((text, i) => text + (['', '\n```', '\n~~~~'][i] ?? ''))
  const entries = closed.map((text) => `## You\n\n${text}\n\n## Assistant\n\n${text}\n`)
  expect(document).toBe(`# aplly Assistant\n\n${entries.join('\n')}`)
})
