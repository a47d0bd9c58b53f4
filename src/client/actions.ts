/** What the page's buttons and links do, by the `data-action` on them or on their form. */

import { announce, pause, required, requiredOf, word } from './dom.ts'
import { failureBecause, fetchPage, fieldsOf, submit } from './net/api.ts'
import { base, baseIn } from './net/base.ts'
import { forgetHistories, histories } from './net/histories.ts'
import { commit } from './net/receipts.ts'
import { tellTabs } from './net/tabs.ts'
import { keepForNext, newQuestion } from './net/waiting.ts'
import { isFree, mayAsk, type Question } from './state.ts'
import { current, tell } from './store.ts'
import { cancelEditing, edit, type Sent } from './view/composer.ts'
import { codeOf, copy } from './view/copy.ts'
import { failedQuestion, takeFailure } from './view/ending.ts'
import { openHelp, prefer } from './view/menus.ts'
import { prependPage } from './view/merge.ts'
import { holdingStill, jumpToNewest } from './view/scroll.ts'
import { addError, lastTurn, sourceOf, textOf, thread } from './view/thread.ts'
import { deleteLater, undo } from './view/toast.ts'

/** A click that was meant for Stop may come this long after the button has become Send. */
const LATE_CLICK_MS = 400

/** What a press does; `browser` leaves it to the link or the form itself. */
type Action = (pressed: HTMLElement, event: MouseEvent) => unknown

export const ACTIONS: Readonly<Record<string, Action>> = {
  send: (_, { detail }) => pressSend(detail),
  jump: jumpToNewest,
  undo,
  'cancel-edit': () => cancelEditing() || 'browser',
  copy: (button) => copy(sourceOf(messageOf(button)), button),
  'copy-code': (button) => copy(codeOf(button), button),
  again: () => {
    const last = lastTurn()
    if (last) tell({ kind: 'ask', question: { id: '', message: last.message, kind: 'again' } })
  },
  edit: (link) => change(messageOf(link)),
  retry: (button) => {
    const question = mayAsk(current()) && takeFailure(messageOf(button))
    if (question) tell({ kind: 'ask', question })
  },
  earlier: (link) => showEarlier(link),
  new: startNew,
  starter: (button) => {
    if (button instanceof HTMLButtonElement) send(button.value)
  },
  theme: pressPreference,
  'list-shown': pressPreference,
  help: openHelp,
  rename: submitHere,
  share: submitHere,
  unshare: submitHere,
  delete: (button) => {
    closeMenu(button)
    deleteLater(baseIn(formOf(button).action))
  },
  'export-all': exportAll,
  'take-back': (button) => {
    tell({ kind: 'take-back', id: button.closest('li')?.dataset['id'] ?? '' })
  },
}

/** Sends what the visitor wrote, or goes on with what waits. */
export function send(message: string): Sent {
  // A page of older turns has no place for a new one, and a page that was opened to change a
  // question has a form that changes it.
  const special = '#newest, #composer [name=replaces], #composer [name=turn]'
  if (document.querySelector(special)) return message === '' ? 'kept' : 'by-form'
  if (message === '') tell({ kind: 'go-on' })
  else tell({ kind: 'send', question: newQuestion(message) })
  return 'gone'
}

/** Begins a new conversation when the one that is shown is saved. */
export async function startNew(): Promise<void> {
  do {
    tell({ kind: 'stop' })
    await pause(50)
  } while (!isFree(current()))
  await commit()
  requiredOf(HTMLFormElement, 'form[data-action=new]').submit()
}

let endedAt = 0

/** The button that was Stop is Send now. */
export function noteEnd(): void {
  endedAt = Date.now()
}

function pressSend(clicks: number): unknown {
  const { phase: kind } = current()
  // The second click of a double click must not undo the first: the button has changed from Send
  // to Stop, or back.
  if (clicks > 1) return
  if (kind === 'asking' || kind === 'answering') return tell({ kind: 'stop' })
  const isLate = kind === 'saving' && clicks > 0 && Date.now() - endedAt < LATE_CLICK_MS
  return isLate ? undefined : 'browser'
}

function messageOf(pressed: HTMLElement): HTMLElement {
  return pressed.closest('article') ?? thread
}

function formOf(pressed: HTMLElement): HTMLFormElement {
  return pressed.closest('form') ?? requiredOf(HTMLFormElement, '#composer')
}

function pressPreference(pressed: HTMLElement): void {
  if (pressed instanceof HTMLButtonElement) prefer(pressed.name, pressed.value)
}

/** Sends a form of a menu without leaving the page, and takes over what becomes of it. */
async function submitHere(pressed: HTMLElement): Promise<void> {
  const form = formOf(pressed)
  if (!form.reportValidity()) return
  const of = baseIn(form.action)
  const answer = await submit(of, form.action, Object.fromEntries(new FormData(form)))
  closeMenu(pressed)
  if (!(answer instanceof Response)) return void addError(answer, 'note')
  tell({ kind: 'refresh' })
  tellTabs('list', of)
}

function closeMenu(pressed: HTMLElement): void {
  pressed.closest('details')?.removeAttribute('open')
  pressed.closest<HTMLElement>('[popover]')?.hidePopover()
}

/**
 * Lets the visitor change a question. The last one is replaced, whether it was answered or failed.
 * An earlier one begins a conversation of its own.
 */
function change(asked: HTMLElement): void {
  const failed = failedQuestion(asked)
  const text = textOf(asked).textContent ?? ''
  const isLast = lastTurn()?.nodes[0] === asked
  if (!failed && !isLast) {
    // The server names a turn when its page is taken over.
    if (!asked.dataset['turn']) tell({ kind: 'refresh' })
    edit(text, 'earlier', (message) => {
      void fork(asked.dataset['turn'], message)
      return 'kept'
    })
    return
  }
  edit(text, 'last', (message): Sent => {
    if (message === '' || !mayAsk(current())) return 'kept'
    if (failed) {
      takeFailure(asked)
      const kind = failed.kind === 'new' ? 'new' : 'edit'
      return ask({ ...failed, message, kind })
    }
    // Another tab may have added a turn meanwhile. That is not the one to replace.
    const replaces = lastTurn()?.message === text
    return replaces ? ask({ id: '', message, kind: 'edit' }) : send(message)
  })
}

function ask(question: Question): Sent {
  tell({ kind: 'ask', question })
  return 'gone'
}

/** Asks a changed question in a new conversation, which has the turns before that one. */
async function fork(turn: string | undefined, message: string): Promise<void> {
  if (turn === undefined || message === '' || !isFree(current())) return
  const answer = await submit(base, `${base}/fork`, { turn })
  if (!(answer instanceof Response)) return void addError(answer, 'note')
  const { id } = await fieldsOf(answer)
  if (typeof id !== 'string') return void addError(failureBecause('senseless'), 'note')
  keepForNext(`/c/${id}`, message)
  cancelEditing()
  location.assign(`/c/${id}`)
}

/** Puts older turns above without moving what is read, or shows why they do not come. */
async function showEarlier(link: HTMLElement): Promise<void> {
  if (!(link instanceof HTMLAnchorElement) || link.ariaBusy) return
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

/** Saves all conversations as one file. */
async function exportAll(): Promise<void> {
  required('#menu').hidePopover()
  forgetHistories()
  const conversations: unknown[] = []
  try {
    for await (const { fields } of histories()) conversations.push(fields)
  } catch {
    // A file that leaves out a conversation would be worse than none.
    return void addError(failureBecause('unreachable'), 'note')
  }
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ conversations })]))
  link.download = 'conversations.json'
  link.click()
}
