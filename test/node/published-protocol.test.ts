/**
 * What we send is what the field has published (the JSON schemas in `@huggingface/tasks`), and the fake model server answers as
 * real ones do: OpenAI's own client understands it.
 */

import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import OpenAI from 'openai'
import { describe, expect, inject, it } from 'vitest'
import type { Message } from '../../src/model/model.ts'
import { chat } from '../../src/model/protocols/chat.ts'
import { completion } from '../../src/model/protocols/completion.ts'
import type { Protocol } from '../../src/model/protocols/protocol.ts'
import { textGeneration } from '../../src/model/protocols/text-generation.ts'

const conversation: Message[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: 'How are you?' },
]

const OPTIONS = {
  model: 'org/name',
  maxNewTokens: 50,
  stream: false,
  foldsSystem: false,
  asksUsage: true,
}

function validatorOf(task: string) {
  const path = `../../node_modules/@huggingface/tasks/src/tasks/${task}/spec/input.json`
  // `nullable` is OpenAPI's word and none of JSON Schema's; we send no null.
  const reviver = (key: string, value: unknown) => (key === 'nullable' ? undefined : value)
  const schema: object = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'), reviver)
  return new Ajv({
    strict: false,
    meta: false,
    validateSchema: false,
    validateFormats: false,
  }).compile(schema)
}

describe('our requests', () => {
  it.each<[string, Protocol]>([
    ['chat-completion', chat],
    ['text-generation', textGeneration],
  ])('fit the published schema of %s', (task, protocol) => {
    const isValid = validatorOf(task)
    for (const stream of [false, true]) {
      const options = { ...OPTIONS, stream }
      expect(
        isValid(protocol.buildRequest(conversation, options)),
        isValid.errors?.[0]?.message,
      ).toBe(true)
    }
    expect(isValid({ inputs: 7, messages: 'none' })).toBe(false)
  })

  it('of the completion protocol are those of the OpenAI client', () => {
    const body = completion.buildRequest(conversation, OPTIONS)
    const known = { model: '', prompt: '', max_tokens: 0, stop: [], stream: false } satisfies {
      [K in keyof OpenAI.CompletionCreateParamsNonStreaming]?: unknown
    }
    expect(Object.keys(body).sort()).toEqual(Object.keys(known).sort())
  })
})

describe('the fake model server', () => {
  const client = new OpenAI({ baseURL: `${inject('modelServer')}/v1`, apiKey: 'x', maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Hi' }]

  it('answers the official client in one piece', async () => {
    const answer = await client.chat.completions.create({ model: 'm', messages })
    expect(answer.choices[0]?.message.content).toBe('Reply to 1 of yours.')
    const text = await client.completions.create({ model: 'm', prompt: '### User:\nHi' })
    expect(text.choices[0]?.text).toBe('Reply to 1 of yours.')
  })

  it('streams to the official client', async () => {
    const stream = await client.chat.completions.create({ model: 'm', messages, stream: true })
    const pieces: string[] = []
    let finish: string | null = null
    for await (const { choices } of stream) {
      pieces.push(choices[0]?.delta.content ?? '')
      finish = choices[0]?.finish_reason ?? finish
    }
    expect(pieces.length).toBeGreaterThan(3)
    expect([pieces.join(''), finish]).toEqual(['Reply to 1 of yours.', 'stop'])
  })

  it.each([
    ['401', OpenAI.AuthenticationError],
    ['429', OpenAI.RateLimitError],
    ['500', OpenAI.InternalServerError],
  ])('fails with %s as the official client expects', async (fault, type) => {
    const asked = [{ role: 'user' as const, content: `[fault:${fault}]` }]
    const failed = client.chat.completions.create({ model: 'm', messages: asked })
    await expect(failed).rejects.toBeInstanceOf(type)
  })
})
