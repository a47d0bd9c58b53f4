/**
 * Reads a conversation that was saved elsewhere, from `unknown`.
 *
 *     ours        {"turns": [{"role": "user", "content": "Hi", "at": "2026-11-23T12:00:00.000Z"}, …]}
 *     llama.cpp   {"conv": {"name": "…"}, "messages": [{"role", "content", "timestamp"}, …]}
 *     ChatGPT     {"title": "…", "mapping": {"<id>": {"message", "parent", "children"}}, "current_node"}
 *
 * ChatGPT and llama.cpp put several into one list; a list of one is read too. Messages of other
 * roles and empty ones are left out. A question without an answer is left out, and so is an answer
 * without a question. Neighbours of one role are joined.
 */

import { MAX_MESSAGE_CHARS } from './input.ts'
import { MAX_TITLE_CHARS, shorten, toLine } from './title.ts'
import type { SavedTurn } from './turn.ts'
import { newTurnId } from './turn-id.ts'

/** Longest file, in bytes. */
export const MAX_IMPORT_BYTES = 1024 * 1024
/** Longest single reply of a file: a model's own are shorter. */
const MAX_REPLY_CHARS = 4 * MAX_MESSAGE_CHARS
const MAX_MESSAGES = 20_000
const MAX_FORGOTTEN = 1_000_000

export interface Imported {
  /** What the file calls it; empty when it does not. */
  readonly title: string
  /** Oldest first. */
  readonly turns: readonly SavedTurn[]
  /** How many messages the file says are forgotten. */
  readonly forgotten: number
}

interface Said {
  readonly role: 'user' | 'assistant'
  readonly content: string
  /** Milliseconds since 1970; null where the file does not tell. */
  readonly atMs: number | null
  readonly stopped: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** Null for what is none of the formats, or holds no turn. */
export function readImport(value: unknown, nowMs: number): Imported | null {
  const file = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value
  if (!isFields(file)) return null
  const found = readOurs(file) ?? readLlama(file) ?? readChatGpt(file)
  if (!found || found.messages.length > MAX_MESSAGES) return null
  const turns = toTurns(found.messages, nowMs)
  const title = shorten(toLine(found.title), MAX_TITLE_CHARS)
  return turns.length === 0 ? null : { title, turns, forgotten: found.forgotten }
}

interface Found {
  readonly title: string
  readonly messages: readonly Said[]
  readonly forgotten: number
}

function readOurs({ turns, forgotten, title }: Fields): Found | null {
  if (!Array.isArray(turns)) return null
  const messages = turns.map((turn: unknown) => {
    const { role, content, at, stopped }: Fields = isFields(turn) ? turn : {}
    return toSaid(role, content, typeof at === 'string' ? Date.parse(at) : null, stopped === true)
  })
  // A file that somebody has changed by hand is not taken in part.
  if (!messages.every((message) => message !== null)) return null
  return { title: toText(title), messages, forgotten: toCount(forgotten) }
}

function readLlama({ conv, messages }: Fields): Found | null {
  if (!isFields(conv) || !Array.isArray(messages)) return null
  return {
    title: toText(conv['name']),
    messages: messages.flatMap((message: unknown) => {
      const { role, content, timestamp }: Fields = isFields(message) ? message : {}
      return toSaid(role, content, typeof timestamp === 'number' ? timestamp : null, false) ?? []
    }),
    forgotten: 0,
  }
}

/** The branch that ends at the current node, from its root on. */
function readChatGpt({ title, mapping, current_node: current }: Fields): Found | null {
  if (!isFields(mapping)) return null
  const messages: Said[] = []
  // A file may name its nodes in a circle.
  const seen = new Set<string>()
  let id = typeof current === 'string' ? current : lastLeaf(mapping)
  while (Object.hasOwn(mapping, id) && !seen.has(id)) {
    seen.add(id)
    const node: unknown = mapping[id]
    if (!isFields(node)) return null
    const said = isFields(node['message']) ? readChatGptMessage(node['message']) : null
    if (said) messages.push(said)
    id = toText(node['parent'])
  }
  return { title: toText(title), messages: messages.reverse(), forgotten: 0 }
}

function readChatGptMessage({ author, content, create_time: seconds }: Fields): Said | null {
  const parts = isFields(content) ? content['parts'] : null
  if (!isFields(author) || !Array.isArray(parts)) return null
  const text = parts.filter((part: unknown) => typeof part === 'string').join('\n')
  return toSaid(author['role'], text, typeof seconds === 'number' ? seconds * 1000 : null, false)
}

/** The last node that has no child; empty where there is none. */
function lastLeaf(mapping: Fields): string {
  const leaves = Object.entries(mapping).filter(([, node]) => {
    const children = isFields(node) ? node['children'] : null
    return Array.isArray(children) && children.length === 0
  })
  return leaves.at(-1)?.[0] ?? ''
}

/** Null for a message that is none of a conversation. */
function toSaid(
  role: unknown,
  content: unknown,
  atMs: number | null,
  stopped: boolean,
): Said | null {
  if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string') return null
  const text = content.toWellFormed().replace(/\r\n?/g, '\n').trim()
  if (text === '') return null
  const isTime = atMs !== null && Number.isFinite(atMs) && atMs > 0
  // ChatGPT's times have fractions, which no id of a turn can hold.
  return { role, content: text, atMs: isTime ? Math.floor(atMs) : null, stopped }
}

function toTurns(messages: readonly Said[], nowMs: number): SavedTurn[] {
  const turns: SavedTurn[] = []
  let question: Said | null = null
  let floor = ''
  // A turn that is said later must have a greater id.
  const latestMs = nowMs - messages.length
  for (const message of joinNeighbours(messages)) {
    if (message.role === 'user') question = message
    else if (question) {
      // Ids grow, whatever the times in the file say.
      const id = newTurnId(Math.min(question.atMs ?? latestMs, latestMs), floor)
      floor = id
      turns.push({
        id,
        user: cut(question.content, MAX_MESSAGE_CHARS),
        assistant: cut(message.content, MAX_REPLY_CHARS),
        stopped: message.stopped,
      })
      question = null
    }
  }
  return turns
}

/** Cuts a text at a whole character. */
function cut(text: string, maxChars: number): string {
  return text.slice(0, maxChars).toWellFormed()
}

function joinNeighbours(messages: readonly Said[]): readonly Said[] {
  const joined: Said[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (last?.role === message.role) {
      joined[joined.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` }
    } else joined.push(message)
  }
  return joined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** What a file says is forgotten is only shown: no more than a file can hold. */
function toCount(value: unknown): number {
  const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value > 0
  return isCount ? Math.min(value, MAX_FORGOTTEN) : 0
}
