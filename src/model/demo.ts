/**
 * The built-in demo model: a script that shows what the app does, not a language model. It knows
 * the conversation that it is handed and nothing else, and says the same to the same conversation.
 */

import { textOf } from './content.ts'
import type { Message, Model } from './model.ts'

const NAME = 'demo'
/** Longest piece of a message that is repeated, in characters (code points). */
const MAX_QUOTE_CHARS = 120
/** Of a longer message only the beginning is read. */
const MAX_READ_CHARS = 2000

const CONNECT = `I am the **built-in demo model**: a small program that remembers this conversation and knows nothing else.

To connect a real model, put one of these into the file \`.dev.vars\` and start again:

\`\`\`sh
HF_TOKEN=hf_…                           # a token from https://huggingface.co/settings/tokens
HF_MODEL_URL=http://127.0.0.1:8080/v1   # a llama.cpp server; Ollama listens on port 11434
\`\`\`
`

const MARKDOWN = `## What a reply can hold

Words in **bold**, in *italics* or as \`inline code\`, and [links](https://huggingface.co/docs/inference-providers).

1. Lists with numbers
   - and lists in them
2. Tasks
   - [x] that are done
   - [ ] and that are not

| Years | Capital at 5 % |
| :---- | -------------: |
| 1     |       1,050.00 |
| 10    |       1,628.89 |

> It grows with the formula $$K_n = K_0 \\cdot (1 + p)^n$$

\`\`\`ts
const capital = (start: number, rate: number, years: number) => start * (1 + rate) ** years
console.log(\`\${capital(1000, 0.05, 10).toFixed(2)} after ten years\`)
\`\`\`
`

const IDEAS = `Things to try:

- Tell me your name, and ask for it later.
- “What did I say first?”
- “Show me some Markdown”
- “How do I connect a real model?”`

/** What the visitor said before, oldest first, and what they say now. */
interface Said {
  readonly earlier: readonly string[]
  readonly now: string
}

/** The first rule whose pattern the message fits answers it. */
const RULES: readonly (readonly [pattern: RegExp, reply: (said: Said) => string])[] = [
  [/\b(?:what(?: is|'s| was) my name|who am i|my name\?)/i, nameReply],
  [
    /\b(?:connect|real model|which model|who are you|are you|hf_\w+|ollama|llama)\b/i,
    () => CONNECT,
  ],
  [/\bhow many (?:messages|questions)\b/i, countReply],
  [/\bfirst\b.*\bi\b|\bi\b.*\bfirst\b|\bmy first\b/i, ({ earlier: [first] }) => recall(first)],
  [/\bdid i (?:just )?(?:say|ask|write)|\bmy last\b/i, ({ earlier }) => recall(earlier.at(-1))],
  [/\b(?:markdown|table|formula|code|formatting)\b/i, () => MARKDOWN],
  [/\b(?:my name(?: is|'s)|call me|called) /i, greetByName],
  [/^\W*(?:hi|hello|hey|good (?:morning|evening|day))\b/i, () => `Hello! ${IDEAS}`],
  [/\bthank/i, () => 'You are welcome.'],
  [/^\W*help\b|\bcan you\b/i, () => IDEAS],
]

/** Creates the model. It says its reply word by word, without delay. */
export function createDemoModel(): Model {
  return {
    name: NAME,
    async answer(messages, { signal, hear }) {
      for (const text of demoReply(messages).match(/\S+\s*/g) ?? []) {
        signal.throwIfAborted()
        hear({ kind: 'text', text })
      }
      return { finish: 'stop', model: NAME }
    },
  }
}

/** The whole reply to the visitor's last message: never empty. */
export function demoReply(messages: readonly Message[]): string {
  const all = messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => read(textOf(content)))
  const said = { earlier: all.slice(0, -1), now: all.at(-1) ?? '' }
  const rule = RULES.find(([pattern]) => pattern.test(said.now))
  if (rule) return rule[1](said)
  const heard = said.now === '' ? 'I am listening.' : `You said ${quote(said.now)}.`
  return `${heard} A real model would answer that; I am only the demo. ${IDEAS}`
}

function nameReply({ earlier }: Said): string {
  const name = earlier.map(nameIn).findLast((found) => found !== null)
  return name ? `Your name is ${name}, or so you told me.` : 'You have not told me your name yet.'
}

function greetByName({ now, earlier }: Said): string {
  const name = nameIn(now)
  if (name === null) return `I did not catch the name. ${IDEAS}`
  return `Nice to meet you, ${name}. Ask me for your name ${earlier.length > 0 ? 'again' : 'later'}.`
}

function countReply({ earlier }: Said): string {
  const count = earlier.length + 1
  return `I can see ${count} ${count === 1 ? 'message' : 'messages'} from you, counting this one.`
}

function recall(text: string | undefined): string {
  return text === undefined ? 'You had not said anything before.' : `You said ${quote(text)}.`
}

/** The name that the visitor gives last in a text, as they write it. */
function nameIn(text: string): string | null {
  const given = text.matchAll(
    /(?:my name(?: is|'s)|call me|called) (?!not\b|later\b)(\p{L}[\p{L}\p{M}'-]{0,39}(?: \p{Lu}[\p{L}'-]{1,39})?)/giu,
  )
  return [...given].at(-1)?.[1] ?? null
}

/** The beginning of a message, on one line, with straight apostrophes. */
function read(text: string): string {
  return text
    .slice(0, MAX_READ_CHARS)
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .replace(/[’‘]/g, "'")
    .trim()
}

function quote(text: string): string {
  const chars = [...text]
  const cut = chars.length > MAX_QUOTE_CHARS
  return `“${cut ? `${chars.slice(0, MAX_QUOTE_CHARS - 1).join('')}…` : text}”`
}
