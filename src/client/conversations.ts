/** What the visitor does with whole conversations: begins, names, shares, forks and saves them. */

import { pause, required, requiredOf } from './dom.ts'
import { failureBecause, fieldsOf, submit } from './net/api.ts'
import { base, baseIn } from './net/base.ts'
import { forgetHistories, histories } from './net/histories.ts'
import { commit } from './net/receipts.ts'
import { tellTabs } from './net/tabs.ts'
import { keepForNext } from './net/waiting.ts'
import { isFree } from './state.ts'
import { current, tell } from './store.ts'
import { cancelEditing } from './view/composer.ts'
import { addError } from './view/thread.ts'
import { deleteLater } from './view/toast.ts'

/** Begins a new conversation when the one that is shown is saved. */
export async function startNew(): Promise<void> {
  do {
    tell({ kind: 'stop' })
    await pause(50)
  } while (!isFree(current()))
  await commit()
  requiredOf(HTMLFormElement, 'form[data-action=new]').submit()
}

/** Sends a form of a menu without leaving the page, and takes over what becomes of it. */
export async function submitHere(pressed: HTMLElement): Promise<void> {
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

/** Deletes the conversation of a menu, but not at once. */
export function deleteFromMenu(pressed: HTMLElement): void {
  closeMenu(pressed)
  deleteLater(baseIn(formOf(pressed).action))
}

/** Asks a changed question in a new conversation, which has the turns before that one. */
export async function fork(turn: string | undefined, message: string): Promise<void> {
  if (turn === undefined || message === '' || !isFree(current())) return
  const answer = await submit(base, `${base}/fork`, { turn, message })
  if (!(answer instanceof Response)) return void addError(answer, 'note')
  const { id } = await fieldsOf(answer)
  if (typeof id !== 'string') return void addError(failureBecause('senseless'), 'note')
  keepForNext(`/c/${id}`, message)
  cancelEditing()
  location.assign(`/c/${id}`)
}

/** Saves all conversations as one file. */
export async function exportAll(): Promise<void> {
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

function formOf(pressed: HTMLElement): HTMLFormElement {
  return pressed.closest('form') ?? requiredOf(HTMLFormElement, '#composer')
}
