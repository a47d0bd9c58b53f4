/**
 * Owns the built-in demo model: a small ELIZA that answers without network or account, from
 * rules and from the conversation it is handed. The keyword rules are in demo-rules.ts.
 */

import type { Message } from '../message.ts'
import { applyRules, pick, quote, type Reassemblies } from './demo-rules.ts'
import {
  ABOUT,
  ASKED,
  CARE,
  FOREIGN,
  GENERIC,
  HELP,
  MARKDOWN,
  REPEATED,
  WORDLESS,
} from './demo-texts.ts'
import type { Model } from './model.ts'

/** Longer messages get an answer about themselves; no rule is tried on them. */
const READ_LIMIT = 1000

/** What a reply is made from: the visitor's new message, and the conversation before it. */
interface Situation {
  readonly text: string
  /** The sentences of the message; none when it is too long to be read. */
  readonly sentences: readonly string[]
  readonly earlier: readonly string[]
  readonly replies: readonly string[]
}

/**
 * A model that answers by keyword, decomposition and reassembly (Weizenbaum 1966, "ELIZA",
 * CACM 9(1)). It keeps nothing between calls and yields the reply word by word, without delay;
 * when the signal aborts, the next piece throws its reason.
 */
export function createDemoModel(): Model {
  return {
    name: 'demo',
    async *answer(messages, { signal }) {
      for (const piece of demoReply(messages).match(/\S+\s*/g) ?? []) {
        signal.throwIfAborted()
        yield piece
      }
      return 'stop'
    },
  }
}

/**
 * The whole reply to the visitor's last message: never empty, the same for the same messages.
 * It remembers only the messages given, and reads English only. After Weizenbaum 1966,
 * "ELIZA", CACM 9(1).
 */
export function demoReply(messages: readonly Message[]): string {
  const situation = survey(messages)
  const { text, earlier } = situation
  const fact = factReply(situation)
  if (text === '' || earlier.at(-1)?.toLowerCase() !== text.toLowerCase()) {
    return fact ?? talkReply(situation)
  }
  if (fact !== undefined) return `You sent the same message just before, so once more:\n\n${fact}`
  return pick(REPEATED, earlier.length)
}

function survey(messages: readonly Message[]): Situation {
  const said = messages.filter(({ role }) => role === 'user').map(({ content }) => content)
  const newest = said.at(-1) ?? ''
  const text = plain(newest)
  return {
    text,
    sentences: text.length > READ_LIMIT ? [] : sentencesOf(newest),
    earlier: said.slice(0, -1).map(plain),
    replies: messages.filter(({ role }) => role === 'assistant').map(({ content }) => content),
  }
}

/** On one line, with straight apostrophes. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[’‘]/g, "'").trim()
}

/** Each sentence without its outer punctuation (but "?"), then again without an opening "Well,". */
function sentencesOf(text: string): string[] {
  const parts = text.split(/(?<=[.!?;])\s|\n/).map(plain)
  return parts.flatMap((part) => {
    const words = expand(part).replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
    if (words === '') return []
    const sentence = part.endsWith('?') ? `${words}?` : words
    return [sentence, sentence.replace(OPENING, '')]
  })
}

const OPENING = /^(?:hi|hello|hey|so|well|and|but|ok|okay|oh|now|no|yes|please),? (?=\S)/i

function expand(text: string): string {
  return text
    .replace(/\b(i)'m\b/gi, '$1 am')
    .replace(/\b(i)'d like\b/gi, '$1 would like')
    .replace(/\b(what|who)'?s\b/gi, '$1 is')
    .replace(/\b(where|how)'s\b/gi, '$1 is')
}

/** Answers to what can be known: this conversation, the app, the samples. Care comes first. */
function factReply(situation: Situation): string | undefined {
  if (CRISIS.test(situation.text)) return CARE
  for (const sentence of situation.sentences) {
    const bare = sentence
      .toLowerCase()
      .replace(/[^\p{L}\p{N}'_]+/gu, ' ')
      .trim()
    const reply = recallReply(bare, situation) ?? sampleReply(bare)
    if (reply !== undefined) return reply
  }
  const name = situation.sentences.length > 0 ? nameIn(situation.text) : undefined
  return name && `Nice to meet you, ${name}. What would you like to talk about?`
}

const CRISIS = anyOf(
  '(?:kill(?:ing)?|hurt(?:ing)?) myself\\b',
  'suicid(?:e|al)\\b',
  '(?:want|going) to die\\b',
  'end my life\\b',
)

function recallReply(bare: string, situation: Situation): string | undefined {
  if (NAME_QUESTION.test(bare)) return nameReply(situation)
  if (COUNT_QUESTION.test(bare)) return countReply(situation)
  if (!RECALL_QUESTION.test(bare)) return undefined
  const { text, earlier, replies } = situation
  const first = AT_FIRST.test(bare)
  if (!first && !JUST_BEFORE.test(bare)) return undefined
  if (VISITOR_SAID.test(bare)) {
    const said = earlier.at(first ? 0 : -1)
    if (said === undefined) return `Nothing before this: your first message is ${quote(text)}.`
    return `${first ? 'The first message I see' : 'Just before, you said'}: ${quote(said)}`
  }
  if (!MODEL_SAID.test(bare)) return undefined
  const said = replies.at(first ? 0 : -1)
  if (said === undefined) return 'I had not said anything yet. This is my first reply.'
  return `${first ? 'The first thing I said' : 'The last thing I said'}: ${quote(said)}`
}

const NAME_QUESTION = anyOf(
  'what (?:is|was) my name\\b',
  '(?:know|remember|say|tell me) my name$',
  'who am i$',
  'what am i called$',
)
const COUNT_QUESTION = anyOf(
  'how many (?:messages|questions|replies|answers)\\b.*\\b(?:i|we|you)\\b',
)
const RECALL_QUESTION = anyOf('(?:what|which|repeat|quote|tell me|remember|how)\\b')
const AT_FIRST = anyOf('(?:first|beginning|start|originally)\\b')
const JUST_BEFORE = anyOf(
  '(?:before|last|previous|previously|earlier|just|now|ago)\\b',
  '(?:say|said|ask|asked|answer|reply|write|tell (?:you|me))$',
)
const VISITOR_SAID = anyOf(
  '(?:did|have) i (?:just |ever )?(?:say|said|ask|asked|write|written|tell you|told you|start)\\b',
  '(?:what|thing|message|question|words?)(?: that)? i (?:just )?(?:said|asked|wrote|told you)\\b',
  'my (?:very )?(?:first|last|previous) (?:message|question|sentence|words?)\\b',
)
const MODEL_SAID = anyOf(
  '(?:did|have) you (?:just |ever )?(?:say|said|asked|ask|answer|reply|write|tell me|told me)\\b',
  '(?:what|thing|message|question|words?)(?: that)? you (?:just )?(?:said|asked|answered)\\b',
  'your (?:very )?(?:first|last|previous) (?:message|answer|reply|question|words?)\\b',
)

function nameReply({ text, earlier }: Situation): string {
  const name = [text, ...earlier.toReversed()].map(nameIn).find((found) => found !== undefined)
  if (name === undefined) return 'I do not know your name: you have not told me. What is it?'
  return `Your name is ${name}, or so you told me.`
}

/** The name the visitor last gives in the text, as written. */
function nameIn(text: string): string | undefined {
  return [...text.matchAll(INTRODUCTION)]
    .map(({ 0: keyword, index }) => text.slice(index + keyword.length, index + 160))
    .filter((rest) => !NO_NAME.test(rest))
    .map((rest) => NAME.exec(rest)?.[1])
    .findLast((name) => name !== undefined)
}

const INTRODUCTION =
  /(?<!\p{L})(?:my name(?: is|'s)|i(?: am|'m) called|(?<!(?:n't|not|never) )call me) /giu
const NAME = /^["“]?(\p{L}[\p{L}\p{M}'-]{0,39}(?: (?!I\b)\p{Lu}[\p{L}\p{M}'-]{1,39}){0,2})/u
const NO_NAME =
  /^(?:not|what|an?|the|later|back|again|today|tomorrow|when|if|maybe|on|at|in|by|is|very|so)\b/i

function countReply({ earlier, replies }: Situation): string {
  const sent = earlier.length + 1
  const messages = sent === 1 ? 'message' : 'messages'
  return (
    `I can see ${sent} ${messages} from you, counting this one, and ${replies.length} from me: ` +
    `${sent + replies.length} in all.`
  )
}

function sampleReply(bare: string): string | undefined {
  if (SHOW_MARKDOWN.test(bare)) return MARKDOWN
  if (HELP_ME.test(bare)) return HELP
  return WHO_ARE_YOU.test(bare) || CONNECT.test(bare) ? ABOUT : undefined
}

const SHOW_MARKDOWN = anyOf(
  '^(?:markdown|formatting|table|list|code)(?: (?:demo|sample|example|test))?$',
  '(?:show|give)(?: me)? (?:an? |some |the )?(?:markdown|formatting|(?:task )?list|table|code)\\b',
  '(?:show|demo|render|test)\\b.{0,30} markdown\\b',
)
const HELP_ME = anyOf(
  '^(?:please )?(?:can you )?help(?: me)?(?: please)?$',
  'what (?:can|do) you do$',
  'what (?:can|should) i (?:do|try|ask|say)(?: here| you)?$',
  '^how does (?:this|it) work$',
)
const WHO_ARE_YOU = anyOf(
  '(?:who|what) (?:exactly )?are you(?: really| exactly)?$',
  'are you (?:really )?(?:an? |the )?(?:real|human|person|ai|bot|robot|machine|computer)\\b',
  'are you (?:really )?(?:an? |the )?(?:language )?(?:llm|model|program|demo|chatgpt|gpt|eliza)\\b',
  '(?:which|what)(?: ai| language)? (?:model|llm)(?:$| (?:are|is|am|do|does|runs?|answers?)\\b)',
  'what is your name$',
)
const CONNECT = anyOf(
  '(?:connect|add|use|configure|set ?up|switch to|plug in|enable)(?: to)?' +
    '(?: (?:an?|the|my|own|real|other|another|different|local|language))* ' +
    '(?:model|llm|hugging ?face|ollama|llama cpp|vllm|tgi)' +
    '(?:$| (?:to|in|with|for|from|on|via|like|here|instead)\\b)',
  'hf_(?:token|model|model_url)\\b',
)

/** Each at a word boundary, unless it is anchored. */
function anyOf(...sources: string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sources.join('|')})`, 'iu')
}

/** Conversation proper: the keyword rules, and what to say when no keyword is found. */
function talkReply(situation: Situation): string {
  const { text, sentences, earlier } = situation
  const turn = earlier.length
  if (text === '') return 'I am listening. What is on your mind?'
  if (!/[\p{L}\p{N}]/u.test(text)) return reassemble(WORDLESS, turn, text)
  if (sentences.length === 0) {
    return (
      `That is a long message, of ${text.length} characters. It begins ${quote(text)} ` +
      'What is the main point, in a sentence?'
    )
  }
  const reply = applyRules(sentences, turn)
  if (reply !== undefined) return reply
  if (isForeign(text)) return reassemble(FOREIGN, turn, text)
  if (text.endsWith('?')) return reassemble(ASKED, turn, text)
  return earlierTopic(situation) ?? reassemble(GENERIC, turn, text)
}

function reassemble(reassemblies: Reassemblies, turn: number, text: string): string {
  return pick(reassemblies, turn).replace('{0}', () => quote(text))
}

const FOREIGN_WORDS: ReadonlySet<string> = new Set(
  (
    'ich und nicht ist das der die wie du es je tu est les une et pas que el los por una como ' +
    'il che di sono och jag är het een ik não eu você ça qué está dir vous où'
  ).split(' '),
)

/** Letters of another script, or two common words of another language. */
function isForeign(text: string): boolean {
  if (/(?=\p{L})\P{Script=Latin}/u.test(text)) return true
  const words = text.toLowerCase().split(/[^\p{L}]+/u)
  return words.filter((word) => FOREIGN_WORDS.has(word)).length >= 2
}

/** Every third turn without a keyword goes back to something the visitor told before. */
function earlierTopic({ earlier }: Situation): string | undefined {
  if (earlier.length % 3 !== 2) return undefined
  const topics = earlier.filter((said) => /\b(?:i|i'm|my)\b/i.test(said) && !said.endsWith('?'))
  const topic = topics.at(earlier.length % Math.max(1, topics.length))
  return topic && `Earlier you said ${quote(topic)}. Does that have anything to do with this?`
}
