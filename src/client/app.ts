/**
 * Makes the page's forms a live chat. Nothing here is needed for chatting: the forms work without
 * it. This file only connects the others.
 */

import { ACTIONS, noteEnd, send, startNew } from './actions.ts'
import { fetchPage, fieldsOf, idle, submit } from './net/api.ts'
import { base, baseOf } from './net/base.ts'
import { wishKept } from './net/deletion.ts'
import { forgetHistories } from './net/histories.ts'
import { basesWithReceipts, commit } from './net/receipts.ts'
import { forget, keep, kept } from './net/storage.ts'
import { hearTabs, tellTabs } from './net/tabs.ts'
import { goesAtOnce, keepDraft, newQuestion, waitingMessages } from './net/waiting.ts'
import type { Effect } from './state.ts'
import { current, startStore, tell } from './store.ts'
import { abort, ask, askAgain, leave, save, show } from './turn.ts'
import {
  cancelEditing,
  focusBox,
  giveBack,
  isComposing,
  saveDraft,
  startComposer,
} from './view/composer.ts'
import { addCodeButtons } from './view/copy.ts'
import { drawList, filter, openFilter, takeDeleted, takeList } from './view/list.ts'
import { openHelpByKey, startMenus } from './view/menus.ts'
import { mergePage, takeWarning } from './view/merge.ts'
import { startScrolling } from './view/scroll.ts'
import { searchHistories } from './view/search.ts'
import { thread } from './view/thread.ts'
import { finishLast, startToast } from './view/toast.ts'

/** A page that goes so soon after a press leads on to another page of this chat. */
const LEADING_MS = 2000
/** A conversation is on the shelf, and then without its cookie. */
const MAX_PARK_STEPS = 3
let pressedAt = 0

/** Pages that were fetched, until the state says whether they are shown. */
const pages = new Map<number, Document>()

function perform(effect: Effect): unknown {
  switch (effect.kind) {
    case 'ask':
      wishKept(base)
      return ask(effect.turn)
    case 'begin':
      return beginHere()
    case 'ask-again':
      return askAgain(effect.turn, effect.waitMs)
    case 'abort':
      return abort(effect.waitMs)
    case 'show':
      noteEnd()
      return show(effect.turn, effect.ending)
    case 'save':
      return save(effect.turn)
    case 'keep':
      return keep(effect.question.id, effect.question.message)
    case 'forget':
      return forget(effect.question.id)
    case 'give-back':
      giveBack(effect.question.message)
      return focusBox('always')
    case 'fetch':
      return fetchNumbered(effect.number)
    case 'merge':
      return takePage(pages.get(effect.number))
  }
}

/**
 * An empty page gets the address of the conversation that begins on it. The server knows it from
 * its first answer on. What was written until then moves to the conversation's keys.
 */
function beginHere(): void {
  if (location.pathname !== '/' || base === '') return
  const { queue } = current()
  keepDraft('')
  history.replaceState(null, '', base)
  saveDraft()
  for (const { id } of queue) {
    forget(id)
    tell({ kind: 'gone', id })
  }
  const moved = queue.map(({ message }) => newQuestion(message))
  tell({ kind: 'found', queue: moved, isHeld: false })
}

async function fetchNumbered(number: number): Promise<void> {
  const page = await fetchPage(location.pathname)
  if (page instanceof Document) pages.set(number, page)
  tell({ kind: 'page', number })
  pages.delete(number)
}

/** The server's page of a conversation that has not begun is about another one each time. */
function takePage(page: Document | undefined): void {
  if (!page || takeWarning(page)) return
  forgetHistories()
  takeList(page)
  // Nor do the newest turns follow the older ones of an earlier page.
  if (baseOf(page) === base && !thread.querySelector('#newest')) mergePage(page)
}

/**
 * Saves what an earlier page could not save, as one without a connection. Then shows what the
 * server holds.
 */
async function catchUp(): Promise<void> {
  for (const of of basesWithReceipts()) {
    if ((await commit(of)) !== 'saved') continue
    tellTabs('list', of)
    tell({ kind: 'refresh' })
  }
}

startStore(perform)
addCodeButtons(thread)
startScrolling()
startMenus()
startComposer(send)
startToast()
drawList()
const left = waitingMessages()
tell({ kind: 'found', queue: left, isHeld: !left.some(goesAtOnce) })
void catchUp()

hearTabs((news) => {
  if (news.what === 'deleted') takeDeleted(news.base)
  else if (news.what === 'list' || news.base === base) tell({ kind: 'refresh' })
})
addEventListener('storage', ({ key, newValue }) => {
  // Another tab has sent a message that waits here, too, or wants a conversation deleted.
  if (key !== null && newValue === null) tell({ kind: 'gone', id: key })
  drawList()
})

document.addEventListener('click', (event) => {
  const { target, ctrlKey, metaKey, shiftKey } = event
  const pressed = target instanceof Element ? target.closest<HTMLElement>('a, button') : null
  if (!pressed || ctrlKey || metaKey || shiftKey) return
  pressedAt = Date.now()
  const action = ACTIONS[pressed.closest<HTMLElement>('[data-action]')?.dataset['action'] ?? '']
  if (action && action(pressed, event) !== 'browser') event.preventDefault()
})

filter.form?.addEventListener('submit', (event) => event.preventDefault())
filter.addEventListener('input', () => {
  drawList()
  void searchHistories()
})

document.addEventListener('keydown', (event) => {
  const { key, code, target, altKey, shiftKey } = event
  const command = event.ctrlKey || event.metaKey
  if (isComposing(event) || document.querySelector('dialog[open]')) return
  if (command && !shiftKey && code === 'KeyK') openFilter()
  else if (document.querySelector(':popover-open')) return
  else if (command && shiftKey && code === 'KeyO') void startNew()
  else if (key === 'Escape') {
    if (!current().running) cancelEditing()
    else tell({ kind: 'stop' })
    return
  } else if (key === '?' && !command && !altKey && !isWriting(target)) openHelpByKey()
  else return
  event.preventDefault()
})

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('textarea, input')
}

addEventListener('pagehide', () => {
  leave()
  if (Date.now() - pressedAt > LEADING_MS) finishLast()
})
addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return
  // The page shows how it ended.
  forget(current().running?.question.id ?? '')
  for (const { id } of current().queue) if (kept(id) === null) tell({ kind: 'gone', id })
  tell({ kind: 'refresh' })
  void catchUp()
})
addEventListener('online', () => void catchUp())

void park()

/** Moves an old conversation to the store, in two steps. What the visitor does comes first. */
async function park(): Promise<void> {
  const { park: id } = document.documentElement.dataset
  for (let tries = 0; id && tries < MAX_PARK_STEPS; tries++) {
    await idle()
    const answer = await submit(`/c/${id}`, `/c/${id}/park`, {})
    // It stays where it is, and the next page says so again.
    if (!(answer instanceof Response)) return
    if ((await fieldsOf(answer))['status'] !== 'parking') return
  }
}
