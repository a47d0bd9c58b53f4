/** The demo model: what it answers, what it remembers, and how it yields the reply. */

import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/message.ts'
import { createDemoModel, demoReply } from '../../src/model/demo.ts'

describe('demoReply', () => {
  it.each([
    ['hi', 'What is on your mind?'],
    ['Good morning!', 'What is on your mind?'],
    ['hey there 👋', 'What is on your mind?'],
    ['Thanks a lot!', 'You are welcome. What else is on your mind?'],
    ['Goodbye', 'Goodbye. It was good talking to you.'],
    ['How are you?', 'Always the same'],
    ['yes', 'You seem quite sure.'],
    ['Nope.', 'Why not?'],
    ['because it rains', 'Is that the only reason?'],
    ['Everyone laughs', 'a particular example?'],
    ['🎉🎉', 'Only “🎉🎉”, without a word?'],
    ['?!', 'Only “?!”, without a word?'],
    ['', 'I am listening.'],
    ['Привет, как дела?', 'My rules are in English only'],
    ['Wie geht es dir', 'My rules are in English only'],
    ['pizza', 'What should I know about “pizza”?'],
    ["I'm so sorry about that", 'No need to apologise.'],
    ["I don't know", 'What would help you to be sure?'],
    ['I want to die', 'https://findahelpline.com'],
    ['they say I should end my life', 'https://findahelpline.com'],
    ['I keep hurting myself', 'https://findahelpline.com'],
    ['Suicide is all I think of', 'https://findahelpline.com'],
  ])('answers %j', (text, expected) => {
    expect(demoReply(asked(text))).toContain(expected)
  })

  it.each([
    ['I feel ignored by my friends', 'Why do you feel ignored by your friends?'],
    ["I'm so tired, and it rains", 'I am sorry to hear that you are so tired.'],
    ['I am very happy', 'Good to hear that you are very happy.'],
    ['I am a teacher', 'You are a teacher.'],
    ['I want you to help me', 'Why do you want me to help you?'],
    ['Well, I need my coffee', 'Why do you need your coffee?'],
    ['I love you', 'Why do you love me?'],
    ["I think you're lying to me", 'What makes you think I am lying to you?'],
    ['My best friend moved', 'Tell me more about your best friend.'],
    ['My mother called', 'Tell me more about your family.'],
    ['You are rude to me', 'What makes you think I am rude to you?'],
    ['You hide your thoughts', 'What makes you think that I hide my thoughts?'],
    ['Yesterday was long\nI walked home', 'You say you walked home.'],
    ["I'd like a friend", 'Why would you like a friend?'],
    ["I can't trust myself", "How do you know that you can't trust yourself?"],
    ["I don't sleep", "Why don't you sleep?"],
    ['I remember my school', 'Do you often think of your school?'],
    ['I think you are mine', 'What makes you think I am yours?'],
    ['I think you were here', 'What makes you think I was here?'],
    ['I think that I was yours', 'What makes you think you were mine?'],
    ["I think I've lost", 'What makes you think you have lost?'],
    ["I think I'll lose", 'What makes you think you will lose?'],
    ["I think I'd lose", 'What makes you think you would lose?'],
    ["I think you've lost", 'What makes you think I have lost?'],
    ["I think you'll lose", 'What makes you think I will lose?'],
    ["I think you'd lose", 'What makes you think I would lose?'],
    ['You repeat yourself', 'What makes you think that I repeat myself?'],
    ['I think only I am right', 'What makes you think only you are right?'],
  ])('reflects the pronouns of %j', (text, expected) => {
    expect(demoReply(asked(text))).toContain(expected)
  })

  it.each([
    ['What is the capital of France?', 'What do you already know about the capital of France?'],
    ['Why do I dream?', 'let me turn it round: why do you dream?'],
    ['how can I learn your rules', 'let me turn it round: how can you learn my rules?'],
    ['Are you sad?', 'What do you think: am I sad?'],
    ['Should I quit my job?', 'What do you think: should you quit your job?'],
    ['Were you there?', 'What do you think: was I there?'],
    ['Was I there?', 'What do you think: were you there?'],
    ["Why don't you sleep?", 'Do you think I should sleep?'],
    ["Why can't I sleep?", 'What would have to change before you could sleep?'],
    ['Can you write me a poem?', 'I cannot write you a poem.'],
    ['Tell me a joke', 'I cannot tell you a joke.'],
    ['Really?', 'I know no facts, so back to you: “Really?”'],
  ])('turns the question %j back', (text, expected) => {
    expect(demoReply(asked(text))).toContain(expected)
  })

  it('lets the keyword of higher rank decide, wherever it stands', () => {
    expect(demoReply(asked('Hello! My dog barks. I feel lost.'))).toBe('Why do you feel lost?')
  })

  it.each(['this', 'whoa', 'history', 'nothing', 'yesterday', 'byte', 'helpful', 'tablet'])(
    'finds no keyword inside the word %j',
    (word) => {
      expect(demoReply(asked(word))).toContain(`“${word}”`)
    },
  )

  it.each([
    ['who are you?'],
    ['Are you a real model?'],
    ['which model is this'],
    ['how do I connect a real model?'],
    ['are you ChatGPT?'],
    ['How do I use Ollama'],
    ['Where does HF_TOKEN go?'],
  ])('explains itself and how to connect a real model when asked %j', (text) => {
    const reply = demoReply(asked(text))
    expect(reply).toContain('built-in demo model')
    expect(reply).toContain('HF_TOKEN=hf_…')
    expect(reply).toContain('https://huggingface.co/settings/tokens')
    expect(reply).toContain('HF_MODEL_URL=http://127.0.0.1:8080/v1')
    expect(reply).toContain('11434')
    expect(reply).toContain('.dev.vars')
  })

  it.each(['help', 'What can you do?', 'can you help me?'])(
    'lists things to try for %j',
    (text) => {
      expect(demoReply(asked(text))).toContain('Things to try:\n\n- ')
    },
  )

  it.each([
    'markdown',
    'Show me Markdown!',
    'formatting demo',
    'can you show me a table?',
    'render some Markdown',
  ])('shows every kind of Markdown for %j', (text) => {
    const reply = demoReply(asked(text))
    expect(reply).toMatch(/^## /)
    expect(reply).toMatch(/\*\*\w+\*\*.*\*\w+\*.*`inline code`/)
    expect(reply).toMatch(/^1\. /m)
    expect(reply).toMatch(/^- \[x\] /m)
    expect(reply).toMatch(/^\| :-+ \|/m)
    expect(reply).toMatch(/^> /m)
    expect(reply).toMatch(/^```ts\n[^`]*`[^`]*`[^`]*\n```$/m)
    expect(reply).toContain('](https://huggingface.co/docs/inference-providers)')
  })

  it('chooses other words as the conversation goes on', () => {
    const replies = [[], ['a'], ['a', 'b']].map((before) =>
      demoReply(asked(...before, 'I feel odd')),
    )
    expect(new Set(replies).size).toBe(3)
  })

  it('replies the same to the same conversation', () => {
    const messages = asked('I like tea', 'rain', 'snow', 'hail')
    expect(demoReply(messages)).toBe(demoReply(structuredClone(messages)))
  })

  it('ignores the system prompt and replies to no message at all', () => {
    const system: Message = { role: 'system', content: 'My name is Prompt' }
    expect(demoReply([system, ...asked('what is my name?')])).toContain('I do not know your name')
    expect(demoReply([system])).toBe('I am listening. What is on your mind?')
  })
})

describe('demoReply as memory', () => {
  it.each([
    ['What did I say first?', 'The first message I see: “I like tea”'],
    ['what was my first message', 'The first message I see: “I like tea”'],
    ['what did I say before?', 'Just before, you said: “rain”'],
    ['Thanks. What did I say just now?', 'Just before, you said: “rain”'],
    ['what was the last thing I said', 'Just before, you said: “rain”'],
    ['What did you say first?', 'The first thing I said: “reply to I like tea”'],
    ['what was the first thing you said', 'The first thing I said: “reply to I like tea”'],
    ['repeat your last answer', 'The last thing I said: “reply to rain”'],
    ['what did you say?', 'The last thing I said: “reply to rain”'],
    ['How many messages have I sent?', '3 messages from you, counting this one, and 2 from me: 5'],
    ['how many messages have we exchanged', '5 in all'],
  ])('answers %j from the conversation', (text, expected) => {
    expect(demoReply(asked('I like tea', 'rain', text))).toContain(expected)
  })

  it('says so when there is nothing to remember', () => {
    expect(demoReply(asked('What did I say first?'))).toContain('Nothing before this')
    expect(demoReply(asked('What did you say?'))).toContain('I had not said anything yet')
    expect(demoReply(asked('How many messages have I sent?'))).toContain('1 message from you')
  })

  it.each([
    ['My name is Ada', 'Ada'],
    ["Hi, I'm called Ada. I like tea.", 'Ada'],
    ['I’m called Ada', 'Ada'],
    ['please call me Ada Lovelace', 'Ada Lovelace'],
    ['my name is Ada I think', 'Ada'],
    ["My name's Žofia-Anne, really", 'Žofia-Anne'],
    ['My name is Bob. No, my name is Ada!', 'Ada'],
  ])('learns the name from %j', (introduction, name) => {
    expect(demoReply(asked(introduction))).toContain(`Nice to meet you, ${name}.`)
    expect(demoReply(asked(introduction, 'rain', "What's my name?"))).toContain(
      `Your name is ${name},`,
    )
  })

  it.each(['call me later', "don't call me Bob", 'my name is not Bob', 'I am Bob'])(
    'learns no name from %j',
    (text) => {
      expect(demoReply(asked(text, 'what is my name?'))).toContain('I do not know your name')
    },
  )

  it('believes the latest name', () => {
    expect(demoReply(asked('call me Bob', 'call me Ada', 'who am I?'))).toContain('is Ada,')
  })

  it('returns to an earlier topic when no keyword is found', () => {
    expect(demoReply(asked('my garden is dry', 'rain', 'snow'))).toContain(
      'Earlier you said “my garden is dry”.',
    )
    expect(demoReply(asked('sun', 'rain', 'snow'))).not.toContain('Earlier')
  })

  it('notices a message repeated at once, and only then', () => {
    expect(demoReply(asked('I feel odd', 'i feel  ODD'))).toContain('The same words again.')
    expect(demoReply(asked('I feel odd', 'rain', 'I feel odd'))).toContain('feel odd?')
    const twice = demoReply(asked('my name is Ada', 'what is my name?', 'what is my name?'))
    expect(twice).toMatch(/^You sent the same message just before.*\n\nYour name is Ada/)
  })
})

describe('demoReply to long or hostile text', () => {
  it.each([
    ['words', 'lorem ipsum '.repeat(2700)],
    ['one word', 'x'.repeat(32_000)],
    ['spaces inside', `I feel${' '.repeat(32_000)}odd`],
    ['newlines', `${'\n'.repeat(32_000)}rain`],
    ['points', '.'.repeat(32_000)],
    ['introductions', 'my name is '.repeat(3000)],
    ['a thousand points', `${'.'.repeat(998)}a`],
    ['pronouns', 'I '.repeat(500)],
  ])('answers briefly to %s', (_kind, text) => {
    const reply = demoReply(asked(text))
    expect(reply).toMatch(/\w/)
    expect(reply.length).toBeLessThan(700)
  })

  it('quotes on one line, cut at a word, with an ellipsis', () => {
    const reply = demoReply(
      asked(`${'some  words\n\n# here '.repeat(40)}`, 'what did I say first?'),
    )
    const quoted = /“(.*)”$/.exec(reply)?.[1] ?? ''
    expect(quoted).toMatch(/^some words # here .* (?:some|words|#|here)…$/)
    expect(quoted.length).toBeGreaterThan(100)
    expect(quoted.length).toBeLessThanOrEqual(121)
  })

  it('cuts no surrogate pair in half', () => {
    const reply = demoReply(asked(`a${'🎉'.repeat(200)}`, 'what did I say first?'))
    expect(reply).toContain('🎉…”')
    expect(reply).not.toMatch(/[\uD800-\uDFFF]/u)
  })

  it('inserts replacement patterns as they are written', () => {
    expect(demoReply(asked("$& $' {0}"))).toContain("“$& $' {0}”")
  })
})

describe('createDemoModel', () => {
  it('yields the reply word by word', async () => {
    const messages = asked('show me markdown')
    const pieces: string[] = []
    const { signal } = new AbortController()
    for await (const piece of createDemoModel().answer(messages, { signal, stream: true }))
      pieces.push(piece)
    expect(pieces.join('')).toBe(demoReply(messages))
    expect(pieces.length).toBeGreaterThan(50)
    for (const piece of pieces) expect(piece).toMatch(/^\S+\s*$/)
  })

  it('stops with the reason of the signal once it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('visitor left')
    const pieces: string[] = []
    const read = async () => {
      const answer = createDemoModel().answer(asked('help'), {
        signal: controller.signal,
        stream: true,
      })
      for await (const piece of answer) {
        pieces.push(piece)
        if (pieces.length === 2) controller.abort(reason)
      }
    }
    await expect(read()).rejects.toBe(reason)
    expect(pieces).toHaveLength(2)
  })

  it('yields nothing when the signal was aborted before', async () => {
    const reason = new Error('too late')
    const answer = createDemoModel().answer(asked('hi'), {
      signal: AbortSignal.abort(reason),
      stream: true,
    })
    await expect(answer[Symbol.asyncIterator]().next()).rejects.toBe(reason)
  })
})

/** The visitor's messages, each but the last followed by a reply. */
function asked(...texts: readonly string[]): Message[] {
  return texts.flatMap((content, index): Message[] => {
    const user: Message = { role: 'user', content }
    if (index === texts.length - 1) return [user]
    return [user, { role: 'assistant', content: `reply to ${content}` }]
  })
}
