/**
 * Makes the page's forms a live chat: nothing here is needed for chatting, the forms work without it.
 * One state, `idle` or `sending`; the controls follow from it.
 */

import { reset, sendMessage } from './api.ts'
import { required } from './dom.ts'
import {
  addBubble,
  addWaitingBubble,
  clearThread,
  removeWaitingBubble,
  scrollToNewest,
  showForgotten,
} from './thread.ts'

const composer = required('#composer', HTMLFormElement)
const newChat = required('#new-chat', HTMLFormElement)
const box = required('#message', HTMLTextAreaElement)
const sendButton = required('button', HTMLButtonElement, composer)
const limitMs = Number(composer.dataset['limitMs'])

/** The request under way; null when idle. */
let sending: AbortController | null = null

scrollToNewest()

composer.addEventListener('submit', (event) => {
  event.preventDefault()
  const message = box.value.trim()
  if (sending || message === '') return
  box.value = ''
  resizeBox()
  void send(message, [addBubble('user', message)])
})

box.addEventListener('keydown', (event) => {
  // 229 is what Safari reports for the Enter that ends an IME composition, after `isComposing` is false again.
  const composing = event.isComposing || event.keyCode === 229
  if (event.key !== 'Enter' || event.shiftKey || composing) return
  event.preventDefault()
  composer.requestSubmit()
})

box.addEventListener('input', resizeBox)

newChat.addEventListener('submit', (event) => {
  event.preventDefault()
  sending?.abort()
  void startOver()
})

/** Sends a message whose bubbles stand already; on an error they are shown as failed and can be sent again. */
async function send(message: string, bubbles: readonly HTMLElement[]): Promise<void> {
  const controller = new AbortController()
  setSending(controller)
  const waiting = addWaitingBubble()
  try {
    const outcome = await sendMessage(message, limitMs, controller.signal)
    removeWaitingBubble(waiting)
    if (outcome.ok) {
      addBubble('assistant', outcome.reply)
      showForgotten(outcome.forgotten)
    } else {
      showError(outcome.sentence, message, bubbles)
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error
  } finally {
    removeWaitingBubble(waiting)
    if (sending === controller) setSending(null)
  }
}

function showError(sentence: string, message: string, bubbles: readonly HTMLElement[]): void {
  const error = addBubble('error', sentence)
  required('.retry', HTMLButtonElement, error).addEventListener('click', () => {
    if (sending) return
    for (const bubble of [...bubbles, error]) bubble.remove()
    void send(message, [addBubble('user', message)])
    box.focus()
  })
}

async function startOver(): Promise<void> {
  if (await reset()) clearThread()
  else
    addBubble('error', 'The conversation could not be cleared. Please try again.')
      .querySelector('.retry')
      ?.remove()
  box.focus()
}

function setSending(controller: AbortController | null): void {
  sending = controller
  sendButton.disabled = controller !== null
}

/** The box grows with its text up to the height that the style sheet allows. */
function resizeBox(): void {
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}
