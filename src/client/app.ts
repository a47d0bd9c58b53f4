/**
 * Makes the page's forms a live chat. Nothing here is needed for chatting: the forms work without
 * it. This file only connects the others.
 */

import { ACTIONS, send } from './actions.ts'
import { startNew } from './conversations.ts'
import { perform } from './effects.ts'
import { idle, submit } from './net/api.ts'
import { base } from './net/base.ts'
import { basesWithReceipts, commit } from './net/receipts.ts'
import { forget, kept } from './net/storage.ts'
import { hearTabs, tellTabs } from './net/tabs.ts'
import { goesAtOnce, waitingMessages } from './net/waiting.ts'
import { current, startStore, tell } from './store.ts'
import { leave } from './turn.ts'
import { cancelEditing, isComposing, startComposer } from './view/composer.ts'
import { addCodeButtons } from './view/copy.ts'
import { drawList, filter, openFilter, takeDeleted } from './view/list.ts'
import { openHelpByKey, startMenus } from './view/menus.ts'
import { startScrolling } from './view/scroll.ts'
import { searchHistories } from './view/search.ts'
import { thread } from './view/thread.ts'
import { finishLast, startToast } from './view/toast.ts'

/** A page that goes so soon after a press leads on to another page of this chat. */
const LEADING_MS = 2000
let pressedAt = 0

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

/**
 * An old conversation moves to the store, one step a page: the server names whose step is due. What
 * the visitor does comes first. Where it fails, a later page asks again.
 */
const { park } = document.documentElement.dataset
if (park) void idle().then(() => submit(`/c/${park}`, `/c/${park}/park`, {}))
