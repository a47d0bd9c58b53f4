/**
 * The conversation on the page: messages cloned from the server's templates, filled by
 * `textContent`.
 */

import { clone, required, word } from '../dom.ts'
import type { Failure } from '../state.ts'

export const thread = required('#thread')

export function addQuestion(message: string): HTMLElement {
  const question = clone('user-message')
  textOf(question).textContent = message
  thread.append(question)
  return question
}

/** Adds the message that stands for the reply until it comes. */
export function addWaiting(): HTMLElement {
  const reply = clone('assistant-message')
  reply.dataset['state'] = 'waiting'
  textOf(reply).textContent = word('thinking')
  thread.append(reply)
  return reply
}

/** Adds a sentence in red. It has a button to try again if there is something to try. */
export function addError({ sentence, retryAfter }: Failure, offer: 'retry' | 'note'): HTMLElement {
  const error = clone('error-message')
  thread.append(error)
  // Screen readers announce a region most reliably when it is there before its text.
  textOf(error).textContent = sentence
  if (offer === 'note') {
    error.classList.add(offer)
    required('[data-action=retry]', error).parentElement?.remove()
  } else if (retryAfter !== null) countDown(required('span', error), retryAfter)
  return error
}

/** Shows a note under a reply, that it was stopped or cut off, and returns the note. */
export function markReply(reply: HTMLElement, note?: string): string {
  const mark = required(':scope > p', reply)
  if (note !== undefined) required('span', mark).textContent = note
  mark.hidden = false
  return mark.textContent?.trim() ?? ''
}

export function textOf(message: Element): HTMLElement {
  return required('.text', message)
}

/** The Markdown of a reply. */
export function sourceOf(reply: HTMLElement): string {
  return reply.dataset['source'] ?? textOf(reply).textContent?.trim() ?? ''
}

/** What a message says, without its buttons. */
export function spokenText(message: HTMLElement): string {
  const copy = document.importNode(textOf(message), true)
  for (const button of copy.querySelectorAll('button')) button.remove()
  return copy.textContent ?? ''
}

/**
 * The last two messages, if they are a turn that the server holds or will hold. Try again and Edit
 * replace it.
 */
export function lastTurn(): {
  readonly nodes: readonly HTMLElement[]
  readonly message: string
} | null {
  const end = thread.lastElementChild
  const reply = end?.matches('[data-role=error]:not(:has([data-action=retry]))')
    ? end.previousElementSibling
    : end
  const question = reply?.previousElementSibling
  if (!(reply instanceof HTMLElement) || !(question instanceof HTMLElement)) return null
  if (reply.dataset['role'] !== 'assistant' || question.dataset['role'] !== 'user') return null
  return { nodes: [question, reply], message: textOf(question).textContent ?? '' }
}

export function showForgotten(count: string | null): void {
  if (count === null) return
  required('#forgotten-count').textContent = count
  required('#forgotten').hidden = false
}

function countDown(place: HTMLElement, seconds: number): void {
  const end = Date.now() + seconds * 1000
  const show = (): void => {
    const left = Math.ceil((end - Date.now()) / 1000)
    place.textContent = left > 0 ? word('again').replace('{n}', String(left)) : ''
    if (left <= 0 || !place.isConnected) clearInterval(timer)
  }
  const timer = setInterval(show, 1000)
  show()
}
