/**
 * Makes the page's forms a live chat. Nothing here is needed for chatting: the forms work without
 * it. This file only connects the others.
 */

import { cancelEditing, edit, focusBox, isComposing, startComposer } from './composer.ts'
import { addCodeButtons, codeOf, copy } from './copy.ts'
import { announce, required, word } from './dom.ts'
import { failedQuestion, takeFailure } from './ending.ts'
import { openHelpByKey, startMenu } from './menu.ts'
import { prependPage } from './merge.ts'
import {
  clearConversation,
  deleteLast,
  finishEarlierClear,
  hearNewChat,
  isCleared,
  startNewChat,
} from './new-chat.ts'
import { commit } from './receipts.ts'
import { fetchPage, refresh, startRefreshing } from './refresh.ts'
import { holdingStill, startScrolling } from './scroll.ts'
import { hearTabs, tellTabs } from './tabs.ts'
import { lastTurn, sourceOf } from './thread.ts'
import { ask, isAnswering, retry, stop, stopForGood } from './turn.ts'

const thread = required('#thread', HTMLElement)

addCodeButtons(thread)
startScrolling()
startMenu()
startNewChat()
startRefreshing(() => !isAnswering() && !isCleared())
startComposer({
  mayAsk: () => !isAnswering(),
  onSubmit(message) {
    // A page of older turns has no place for a new one. The form brings the newest page. It also
    // knows which question the address asked to change.
    const form = 'form [name="replaces"], form [name="turn"]'
    if (thread.querySelector('#newest') || document.querySelector(`.foot ${form}`)) return false
    void ask({ message, replaces: false })
    return true
  },
  onStop: () => void stop(),
})
hearTabs((news) => {
  hearNewChat(news)
  if (news !== 'cleared') void refresh()
})

for (const form of document.querySelectorAll('[data-action="new"]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    document.querySelector<HTMLElement>('#list:popover-open')?.hidePopover()
    void startOver()
  })
}

thread.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target.closest('[data-action]') : null
  if (target instanceof HTMLElement && press(target)) event.preventDefault()
})

document.addEventListener('keydown', (event) => {
  if (isComposing(event) || document.querySelector('dialog[open], :popover-open')) return
  const typing = event.target instanceof Element && event.target.matches('textarea, input')
  if (event.key === 'Escape') {
    if (isAnswering()) void stop()
    else cancelEditing()
  } else if (event.key === '?' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    openHelpByKey()
  } else if (event.code === 'KeyO' && event.shiftKey && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    void startOver()
  }
})

addEventListener('pagehide', () => {
  deleteLast()
  stopForGood()
})
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void catchUp()
})
addEventListener('online', () => void catchUp())
void finishEarlierClear().then(catchUp)

/**
 * Saves what an earlier page could not save, as one without a connection. Then shows what the
 * server holds.
 */
async function catchUp(): Promise<void> {
  if ((await commit()) !== 'saved') return
  tellTabs('changed')
  await refresh()
}

async function startOver(): Promise<void> {
  await stop()
  cancelEditing()
  clearConversation()
  focusBox(true)
}

/** Does what a control says. False leaves it to its form or its address. */
function press(control: HTMLElement): boolean {
  const last = lastTurn()
  const bubble = control.closest<HTMLElement>('.message')
  const action = control.dataset['action']
  if (action === 'edit') return bubble !== null && isLastQuestion(bubble) && change()
  if (action === 'copy-code') void copy(codeOf(control), control)
  else if (action === 'copy' && bubble) void copy(sourceOf(bubble), control)
  else if (action === 'retry' && bubble) retry(bubble)
  else if (action === 'again' && last) void ask({ message: last.message, replaces: true })
  else if (action === 'earlier' && control instanceof HTMLAnchorElement) void showEarlier(control)
  else if (control instanceof HTMLButtonElement && action === 'starter') {
    void ask({ message: control.value, replaces: false })
  }
  return true
}

/** Whether a question is the last one, answered or failed. Any other one is the server's. */
function isLastQuestion(bubble: Element): boolean {
  return bubble === [...thread.querySelectorAll('.user')].at(-1)
}

/** Lets the visitor change their last question, whether it was answered or failed. */
function change(): boolean {
  const end = thread.lastElementChild
  const failed = end && failedQuestion(end)
  const last = lastTurn()
  if (failed) {
    edit(failed.message, (message) => {
      takeFailure(end)
      void ask({ message, replaces: failed.replaces })
    })
  } else if (last) {
    edit(last.message, (message) => {
      // Another tab may have added a turn meanwhile. That is not the one to replace.
      void ask({ message, replaces: lastTurn()?.message === last.message })
    })
  }
  return true
}

/** Puts older turns above without moving what is read, or shows why they do not come. */
async function showEarlier(link: HTMLAnchorElement): Promise<void> {
  if (link.ariaBusy) return
  link.ariaBusy = 'true'
  const page = await fetchPage(link.href)
  if (!(page instanceof Document)) {
    link.ariaBusy = null
    return sayBeside(link, page.sentence)
  }
  thread.querySelector('#beside')?.remove()
  const focused = document.activeElement === link
  holdingStill(() => prependPage(page))
  announce(word('shown'))
  const next = thread.querySelector<HTMLElement>('#earlier') ?? thread
  if (focused) next.focus({ preventScroll: true })
}

function sayBeside(link: HTMLElement, sentence: string): void {
  const note = thread.querySelector('#beside') ?? document.createElement('p')
  note.id = 'beside'
  note.className = 'notice'
  note.textContent = sentence
  link.after(note)
  announce(sentence)
}
