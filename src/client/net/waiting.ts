/**
 * What the visitor wrote and nobody has answered: the messages that wait, and what is in the box.
 *
 * Each message that waits has a key of its own, as a receipt has: `aplly-waiting<base>-<time>-…`.
 * Its key is its id. Who asks it takes the key away. So a message that two tabs show is sent once,
 * and a page that was closed loses none.
 *
 * An empty page has another base each time. What is written there has the root's keys.
 */

import type { Question } from '../state.ts'
import { base } from './base.ts'
import { forget, keep, kept, keysLike } from './storage.ts'

const PREFIX = 'aplly-waiting'
/** At the end of a key: the message goes by itself when the conversation's page opens. */
const AT_ONCE = '-now'
const DRAFT = 'aplly-draft'

/** A message of the visitor's, kept until it is asked. */
export function newQuestion(message: string): Question {
  const id = `${PREFIX}${place()}-${Date.now()}-${Math.random()}`
  keep(id, message)
  return { id, message, kind: 'new' }
}

/** The same for a conversation whose page is opened next. It is asked there. */
export function keepForNext(of: string, message: string): void {
  keep(`${PREFIX}${of}-${AT_ONCE}`, message)
}

/** What an earlier page has left, oldest first. */
export function waitingMessages(): readonly Question[] {
  const keys = keysLike(`${PREFIX}${place()}-`)
  return keys.map((id) => ({ id, message: kept(id) ?? '', kind: 'new' }))
}

export function goesAtOnce({ id }: Question): boolean {
  return id.endsWith(AT_ONCE)
}

/** Forgets what was written for a conversation that is deleted. */
export function forgetWaiting(of: string): void {
  for (const key of keysLike(`${PREFIX}${of}-`)) forget(key)
}

/** Drafts belong to a tab: two may be open with half a message in each. */
export function keepDraft(text: string): void {
  try {
    sessionStorage.setItem(DRAFT + place(), text)
  } catch {
    // This browser keeps nothing, so the draft is not kept either.
  }
}

export function keptDraft(): string {
  try {
    return sessionStorage.getItem(DRAFT + place()) ?? ''
  } catch {
    return ''
  }
}

function place(): string {
  return location.pathname === '/' ? '' : base
}
