/** The conversation on the page: bubbles cloned from the server's templates, always filled by `textContent`. */

import { required } from './dom.ts'

const log = required('#conversation', HTMLElement)

export type BubbleKind = 'user' | 'assistant' | 'error'

/** Adds a bubble at the end and scrolls to it. */
export function addBubble(kind: BubbleKind, text: string): HTMLElement {
  const template = required(`#${kind}-bubble`, HTMLTemplateElement)
  const bubble = required('.message', HTMLElement, document.importNode(template.content, true))
  setText(bubble, text)
  log.append(bubble)
  scrollToNewest()
  return bubble
}

/** Adds the bubble that stands for the answer until it comes; `aria-busy` keeps it from being read out half done. */
export function addWaitingBubble(): HTMLElement {
  const bubble = addBubble('assistant', 'Thinking…')
  bubble.classList.add('waiting')
  log.setAttribute('aria-busy', 'true')
  return bubble
}

export function removeWaitingBubble(bubble: HTMLElement): void {
  bubble.remove()
  log.removeAttribute('aria-busy')
}

/** Shows how many messages the server no longer remembers. */
export function showForgotten(count: number): void {
  required('#forgotten-count', HTMLElement).textContent = String(count)
  required('#forgotten', HTMLElement).hidden = count === 0
}

export function clearThread(): void {
  for (const bubble of log.querySelectorAll('.message')) bubble.remove()
  showForgotten(0)
}

export function scrollToNewest(): void {
  log.scrollTop = log.scrollHeight
}

function setText(bubble: HTMLElement, text: string): void {
  required('.text', HTMLElement, bubble).textContent = text
}
