/**
 * The conversations that a visitor has, as a value: what the list on the page shows. Pure. An index
 * may lack a conversation, since two answers at once overwrite each other's cookie; the
 * conversation's next answer puts it back.
 */

import type { Conversation } from '../conversation/conversation.ts'
import { countTurns } from '../conversation/conversation.ts'
import { isShortened, shorten, titleOf } from '../conversation/title.ts'

export interface IndexEntry {
  /** As in its address. */
  readonly id: string
  /** Shortened where all of them together are too long for the cookie. */
  readonly title: string
  /** In seconds since 1970. */
  readonly startedAt: number
  /** Begins the key of the copy that anyone may read; absent when there is none. */
  readonly shared?: string
}

/** Enough to know one's own copy, and short: the whole key stands in the conversation. */
const SHARED_CHARS = 6

export interface ConversationIndex {
  /** 32 digits, base 16. The visitor's conversations are signed for it. */
  readonly visitor: string
  /** The most recently used first. */
  readonly entries: readonly IndexEntry[]
}

/** A new index of a visitor without any conversation at an address of its own. */
export function emptyIndex(visitor: string): ConversationIndex {
  return { visitor, entries: [] }
}

/** The entry of a conversation. */
export function entryOf(id: string, conversation: Conversation): IndexEntry {
  const { startedAt, shared } = conversation
  return {
    id,
    title: titleOf(conversation),
    startedAt,
    ...(shared !== undefined && { shared: shared.slice(0, SHARED_CHARS) }),
  }
}

/** Which conversation this copy was made of, if the index has it. */
export function ownerOf({ entries }: ConversationIndex, key: string): IndexEntry | undefined {
  return entries.find(({ shared }) => shared !== undefined && key.startsWith(shared))
}

/** The same without those that began before then, in seconds since 1970. */
export function withoutOlder(index: ConversationIndex, thenSeconds: number): ConversationIndex {
  const entries = index.entries.filter(({ startedAt }) => startedAt > thenSeconds)
  return entries.length === index.entries.length ? index : { ...index, entries }
}

/**
 * The index after a conversation was used: it has the entry, among those used lately. The same
 * value when nothing of that must change. A conversation in which nothing was said has no entry.
 */
export function withConversation(
  index: ConversationIndex,
  id: string,
  conversation: Conversation,
): ConversationIndex {
  if (countTurns(conversation) === 0) return withoutEntry(index, id)
  const entry = entryOf(id, conversation)
  const place = index.entries.findIndex((known) => known.id === id)
  const known = index.entries[place]
  // To move it at each use would set one more cookie with each answer.
  const isRecent = place < index.entries.length / 2
  if (known && isRecent && saysTheSame(known, entry)) return index
  return { ...index, entries: [entry, ...withoutEntry(index, id).entries] }
}

/** The same value when it had no such entry. */
export function withoutEntry(index: ConversationIndex, id: string): ConversationIndex {
  const entries = index.entries.filter((entry) => entry.id !== id)
  return entries.length === index.entries.length ? index : { ...index, entries }
}

/** The same with titles of at most so many characters. */
export function withShortTitles(index: ConversationIndex, maxChars: number): ConversationIndex {
  const entries = index.entries.map((entry) => ({
    ...entry,
    title: shorten(entry.title, maxChars),
  }))
  return { ...index, entries }
}

/** Newest first, as the page lists them. */
export function newestFirst<Entry extends Pick<IndexEntry, 'startedAt'>>(
  entries: readonly Entry[],
): readonly Entry[] {
  return entries.toSorted((a, b) => b.startedAt - a.startedAt)
}

function saysTheSame(known: IndexEntry, entry: IndexEntry): boolean {
  return known.shared === entry.shared && isShortened(known.title, entry.title)
}
