/** Offers for some seconds to undo a deletion, and then has it done. */

import { required, word } from '../dom.ts'
import { base } from '../net/base.ts'
import { canUndo, deleteAll, deleteLast, UNDO_MS, undoAll, wishDeleted } from '../net/deletion.ts'
import { focusBox } from './composer.ts'
import { drawList, takeDeleted } from './list.ts'
import { addError } from './thread.ts'

const toast = required('#toast')
let timer: ReturnType<typeof setTimeout> | undefined

/** Goes on with what an earlier page has begun. */
export function startToast(): void {
  // While the pointer or the focus is on the button, the time does not run out.
  for (const name of ['pointerenter', 'focusin']) {
    toast.addEventListener(name, () => clearTimeout(timer))
  }
  for (const name of ['pointerleave', 'focusout']) toast.addEventListener(name, startTimer)
  if (canUndo()) offerUndo()
  else void finish()
}

/** Hides a conversation, and deletes it later. What was to be deleted before is deleted now. */
export function deleteLater(of: string): void {
  void finish()
  wishDeleted(of)
  if (of === base) location.assign('/')
  else offerUndo()
}

export function undo(): void {
  undoAll()
  hide()
  focusBox('always')
}

/** The page is closing. */
export function finishLast(): void {
  if (!toast.hidden) deleteLast()
}

async function finish(): Promise<void> {
  hide()
  const failure = await deleteAll(takeDeleted)
  drawList()
  if (failure) addError({ ...failure, sentence: `${word('kept')} ${failure.sentence}` }, 'note')
}

function offerUndo(): void {
  required('#toast-text').textContent = word('cleared')
  toast.hidden = false
  drawList()
  startTimer()
}

function startTimer(): void {
  clearTimeout(timer)
  timer = setTimeout(finish, UNDO_MS)
}

function hide(): void {
  clearTimeout(timer)
  toast.hidden = true
  drawList()
}
