/**
 * The conversation on the page: bubbles cloned from the server's templates, filled by
 * `textContent`.
 */

import type { Failure } from './api.ts'
import { clone, required, word } from './dom.ts'

const thread = required('#thread', HTMLElement)

export function addUserBubble(message: string): HTMLElement {
  const bubble = clone('user-message')
  textOf(bubble).textContent = message
  thread.append(bubble)
  return bubble
}

/** Adds the bubble that stands for the reply until it comes. */
export function addWaitingBubble(): HTMLElement {
  const bubble = clone('assistant-message')
  bubble.dataset['state'] = 'waiting'
  textOf(bubble).textContent = word('thinking')
  thread.append(bubble)
  return bubble
}

/** Adds a sentence in red. It has a button to try again if there is something to try. */
export function addErrorBubble({ sentence, retryAfter }: Failure, retry: boolean): HTMLElement {
  const bubble = clone('error-message')
  thread.append(bubble)
  // Screen readers announce a region most reliably when it is there before its text.
  textOf(bubble).textContent = sentence
  if (!retry) {
    bubble.classList.add('note')
    required('.tools', HTMLElement, bubble).remove()
  } else if (retryAfter !== null) countDown(required('.countdown', HTMLElement, bubble), retryAfter)
  return bubble
}

/** Shows a note under a reply, that it was stopped or cut off, and returns the note. */
export function markReply(bubble: HTMLElement, note?: string): string {
  const mark = required('.mark', HTMLElement, bubble)
  const text = required('span', HTMLElement, mark)
  if (note !== undefined) text.textContent = note
  mark.hidden = false
  return text.textContent ?? ''
}

export function textOf(bubble: Element): HTMLElement {
  return required('.text', HTMLElement, bubble)
}

/** The Markdown of a reply. */
export function sourceOf(bubble: HTMLElement): string {
  return bubble.dataset['source'] ?? textOf(bubble).textContent?.trim() ?? ''
}

/** What a bubble says, without its buttons. */
export function spokenText(bubble: HTMLElement): string {
  const copy = document.importNode(textOf(bubble), true)
  for (const button of copy.querySelectorAll('button')) button.remove()
  return copy.textContent ?? ''
}

/**
 * The last two bubbles, if they are a turn that the server holds or will hold. Try again and Edit
 * replace it.
 */
export function lastTurn(): {
  readonly nodes: readonly Element[]
  readonly message: string
} | null {
  const end = thread.lastElementChild
  const reply = end?.matches('.error:not(:has([data-action="retry"]))')
    ? end.previousElementSibling
    : end
  const question = reply?.previousElementSibling
  if (!reply?.matches('.assistant') || !question?.matches('.user')) return null
  return { nodes: [question, reply], message: textOf(question).textContent ?? '' }
}

/** Takes all bubbles away and returns them, so that they can be put back. */
export function clearThread(): Element[] {
  const nodes = [...thread.querySelectorAll('.message, .more, .notice')]
  for (const node of nodes) node.remove()
  if (!thread.querySelector('#welcome')) thread.prepend(clone('welcome-again'))
  return nodes
}

export function showForgotten(count: string | null): void {
  const notice = thread.querySelector<HTMLElement>('#forgotten')
  if (!notice || count === null) return
  required('#forgotten-count', HTMLElement, notice).textContent = count
  notice.hidden = false
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
