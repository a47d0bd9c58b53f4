/** Does what a change of the state asks for. */

import { noteEnd } from './actions.ts'
import { fetchPage } from './net/api.ts'
import { base, baseOf } from './net/base.ts'
import { wishKept } from './net/deletion.ts'
import { forgetHistories } from './net/histories.ts'
import { forget, keep } from './net/storage.ts'
import { keepDraft, newQuestion } from './net/waiting.ts'
import type { Effect } from './state.ts'
import { current, tell } from './store.ts'
import { abort, ask, askAgain, save, show } from './turn.ts'
import { focusBox, giveBack, saveDraft } from './view/composer.ts'
import { takeList } from './view/list.ts'
import { mergePage, takeWarning } from './view/merge.ts'
import { thread } from './view/thread.ts'

/** Pages that were fetched, until the state says whether they are shown. */
const pages = new Map<number, Document>()

export function perform(effect: Effect): unknown {
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
 * its first answer on, if the browser keeps its cookie. What was written until then moves to the
 * conversation's keys.
 */
function beginHere(): void {
  if (location.pathname !== '/' || base === '' || !navigator.cookieEnabled) return
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
