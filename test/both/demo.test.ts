/** The demo model: what it answers, what it remembers, and how it yields the reply. */

import { describe, expect, it } from 'vitest'
import { createDemoModel, demoReply } from '../../src/model/demo.ts'
import type { Message, ModelEvent } from '../../src/model/model.ts'
import { pulled, textsOf } from '../support/text-model.ts'

/** The visitor's messages, each but the last followed by a reply. */
function asked(...texts: readonly string[]): Message[] {
  return texts.flatMap((content, index): Message[] => {
    const user: Message = { role: 'user', content }
    if (index === texts.length - 1) return [user]
    return [user, { role: 'assistant', content: `reply to ${content}` }]
  })
}

describe('demoReply', () => {
  it.each([
    ['who are you?'],
    ['Are you a real model?'],
    ['how do I connect a real model?'],
    ['How do I use Ollama'],
    ['Where does HF_TOKEN go?'],
  ])('says what it is and how to connect a real model when asked %j', (text) => {
    const reply = demoReply(asked(text))
    expect(reply).toContain('built-in demo model')
    expect(reply).toContain('HF_TOKEN=hf_…')
    expect(reply).toContain('https://huggingface.co/settings/tokens')
    expect(reply).toContain('HF_MODEL_URL=http://127.0.0.1:8080/v1')
    expect(reply).toContain('11434')
    expect(reply).toContain('.dev.vars')
  })

  it.each(['Show me some Markdown', 'can you show me a table?', 'a formula please'])(
    'shows every kind of Markdown for %j',
    (text) => {
      const reply = demoReply(asked(text))
      expect(reply).toMatch(/^## /)
      expect(reply).toMatch(/\*\*\w+\*\*.*\*\w+\*.*`inline code`/)
      expect(reply).toMatch(/^1\. /m)
      expect(reply).toMatch(/^ +- \[x\] /m)
      expect(reply).toMatch(/^\| :-+ \|/m)
      expect(reply).toMatch(/^> .*\$\$.*\$\$/m)
      expect(reply).toMatch(/^```ts\n[^`]*`[^`]*`[^`]*\n```$/m)
      expect(reply).toContain('](https://huggingface.co/docs/inference-providers)')
    },
  )

  it.each(['help', 'Hello!', 'What can you do?', 'pizza', '🎉🎉', 'Привет, как дела?', '', '?!'])(
    'lists things to try for %j',
    (text) => {
      expect(demoReply(asked(text))).toContain('Things to try:\n\n- ')
    },
  )

  it('repeats what it does not understand, since a real model would answer that', () => {
    expect(demoReply(asked('Explain inflation'))).toMatch(/^You said “Explain inflation”\. A real/)
  })

  it('replies the same to the same conversation', () => {
    const messages = asked('I like tea', 'rain', 'snow', 'hail')
    expect(demoReply(messages)).toBe(demoReply(structuredClone(messages)))
  })

  it('ignores the system prompt and replies to no message at all', () => {
    const system: Message = { role: 'system', content: 'My name is Prompt' }
    expect(demoReply([system, ...asked('what is my name?')])).toContain('not told me your name')
    expect(demoReply([system])).toMatch(/^I am listening\./)
  })
})

describe('its memory', () => {
  it.each([
    ['What did I say first?', 'You said “I like tea”.'],
    ['what was my first message', 'You said “I like tea”.'],
    ['what was the first thing I said', 'You said “I like tea”.'],
    ['what did I say before?', 'You said “rain”.'],
    ['What did I just say?', 'You said “rain”.'],
    ['what was my last question', 'You said “rain”.'],
    ['How many messages have I sent?', 'I can see 3 messages from you, counting this one.'],
  ])('answers %j from the conversation', (text, expected) => {
    expect(demoReply(asked('I like tea', 'rain', text))).toBe(expected)
  })

  it('says so when there is nothing to remember', () => {
    expect(demoReply(asked('What did I say first?'))).toContain('not said anything')
    expect(demoReply(asked('How many messages have I sent?'))).toContain('1 message from you')
  })

  it.each([
    ['My name is Ada', 'Ada'],
    ["Hi, I'm called Ada. I like tea.", 'Ada'],
    ['I’m called Ada', 'Ada'],
    ['please call me Ada Lovelace', 'Ada Lovelace'],
    ["My name's Žofia-Anne, really", 'Žofia-Anne'],
    ['My name is Bob. No, my name is Ada!', 'Ada'],
  ])('learns the name from %j', (introduction, name) => {
    expect(demoReply(asked(introduction))).toContain(`Nice to meet you, ${name}.`)
    expect(demoReply(asked(introduction, 'rain', "What's my name?"))).toBe(
      `Your name is ${name}, or so you told me.`,
    )
  })

  it.each(['call me later', 'my name is not Bob', 'I am Bob'])('learns no name from %j', (text) => {
    expect(demoReply(asked(text, 'what is my name?'))).toContain('not told me your name')
  })

  it('believes the latest name', () => {
    expect(demoReply(asked('call me Bob', 'call me Ada', 'who am I?'))).toContain('is Ada,')
  })
})

describe('long or hostile text', () => {
  it.each([
    ['words', 'lorem ipsum '.repeat(2700)],
    ['one word', 'x'.repeat(32_000)],
    ['spaces inside', `I feel${' '.repeat(32_000)}odd`],
    ['newlines', `${'\n'.repeat(32_000)}rain`],
    ['points', '.'.repeat(32_000)],
    ['introductions', 'my name is '.repeat(3000)],
    ['pronouns', 'I '.repeat(16_000)],
    ['half a character', `${'x'.repeat(1999)}🎉`],
  ])('gets a brief answer: %s', (_kind, text) => {
    const reply = demoReply(asked(text))
    expect(reply).toMatch(/\w/)
    expect(reply.length).toBeLessThan(700)
    expect(reply.isWellFormed()).toBe(true)
  })

  it('is quoted on one line, with an ellipsis, and no character is cut in half', () => {
    const reply = demoReply(asked(`a\n\n${'🎉'.repeat(200)}`, 'what did I say first?'))
    expect(reply).toMatch(/^You said “a 🎉{117}…”\.$/u)
  })
})

describe('createDemoModel', () => {
  it('yields the reply word by word', async () => {
    const messages = asked('show me markdown')
    const pieces: string[] = []
    const { signal } = new AbortController()
    for await (const piece of textsOf(
      pulled(createDemoModel()).answer(messages, { signal, stream: true }),
    ))
      pieces.push(piece)
    expect(pieces.join('')).toBe(demoReply(messages))
    expect(pieces.length).toBeGreaterThan(50)
    for (const piece of pieces) expect(piece).toMatch(/^\S+\s*$/)
  })

  it('stops with the reason of the signal once it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('visitor left')
    const events: ModelEvent[] = []
    const answer = createDemoModel().answer(asked('help'), {
      signal: controller.signal,
      stream: true,
      hear(event) {
        if (events.push(event) === 2) controller.abort(reason)
      },
    })
    await expect(answer).rejects.toBe(reason)
    expect(events).toHaveLength(2)
  })

  it('yields nothing when the signal was aborted before', async () => {
    const reason = new Error('too late')
    const answer = pulled(createDemoModel()).answer(asked('hi'), {
      signal: AbortSignal.abort(reason),
      stream: true,
    })
    await expect(answer[Symbol.asyncIterator]().next()).rejects.toBe(reason)
  })
})
