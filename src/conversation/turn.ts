/**
 * What was said: a turn, a turn that is kept, a run of turns. Knows nothing of HTTP or sessions.
 */

import { type Content, textOf } from '../model/content.ts'
import type { Message } from '../model/model.ts'

/** A finished exchange: what the visitor said and what the model replied. */
export interface Turn {
  readonly user: Content
  /** Markdown. */
  readonly assistant: string
}

/** A turn that is kept. Its name makes it possible to keep it at most once. */
export interface SavedTurn extends Turn {
  /** As `turn-id.ts` makes it: a later turn has a greater one. */
  readonly id: string
  /** True when the visitor stopped the reply: `assistant` is what was said until then. */
  readonly stopped: boolean
  /** The model that spoke, where that is worth keeping. */
  readonly model?: string
}

/** A run of neighbouring turns out of a conversation, and what is around them. */
export interface Excerpt {
  /** Oldest first. */
  readonly turns: readonly SavedTurn[]
  /** How many turns are before the first of these; what was forgotten does not count. */
  readonly earlier: number
  /** How many turns are after the last of these. */
  readonly later: number
  /** How many turns of this run exist, but cannot be read at the moment. */
  readonly unreadable: number
  /** How many messages (not turns) the conversation has lost for good. */
  readonly forgotten: number
}

/** How many characters of text turns hold. */
export function countChars(turns: readonly Turn[]): number {
  return turns.reduce((sum, { user, assistant }) => sum + textOf(user).length + assistant.length, 0)
}

/** Lays turns out as the messages that a model reads: user, assistant, user, assistant, and so on. */
export function toMessages(turns: readonly Turn[]): Message[] {
  return turns.flatMap(({ user, assistant }): Message[] => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ])
}
