/**
 * New Chat: the page is empty at once, and for some seconds the visitor can undo it. The
 * conversation is deleted after that, or as soon as something new is said, in any tab. Until then
 * the wish is kept in the browser, where all tabs and the next visit find it.
 */

import { type Failure, failureOf, failureToReach, inTurn, post, postSafely } from './api.ts'
import { required, word } from './dom.ts'
import { forgetReceipts } from './receipts.ts'
import { outdatePages, refresh, refreshIfWanted } from './refresh.ts'
import { forget, keep, kept } from './storage.ts'
import { type TabNews, tellTabs } from './tabs.ts'
import { addErrorBubble, clearThread } from './thread.ts'

const UNDO_MS = 8000
const KEY = 'aplly-cleared'

const toast = required('#toast', HTMLElement)
const undoButton = required('[data-action="undo"]', HTMLButtonElement)

/** What stood in the thread, as long as it can come back. */
let removed: readonly Element[] = []
let timer: ReturnType<typeof setTimeout> | undefined

export function isCleared(): boolean {
  return kept(KEY) !== null
}

export function startNewChat(): void {
  undoButton.addEventListener('click', undo)
  // While the pointer or the focus is on the button, the time does not run out.
  for (const name of ['pointerenter', 'focusin']) {
    toast.addEventListener(name, () => clearTimeout(timer))
  }
  for (const name of ['pointerleave', 'focusout']) toast.addEventListener(name, startTimer)
  // What another tab has stored may be visible here only after its message came.
  addEventListener('storage', ({ key, newValue }) => {
    if (key !== KEY || newValue !== null) return
    endUndo()
    void refreshIfWanted()
  })
}

/** Empties the page, and offers to undo it. */
export function clearConversation(): void {
  if (isCleared()) return
  removed = clearThread()
  if (removed.length === 0) return
  keep(KEY, '1')
  tellTabs('cleared')
  required('#toast-text', HTMLElement).textContent = word('cleared')
  toast.hidden = false
  startTimer()
}

/**
 * `gone`: the server holds nothing of a cleared conversation. Otherwise: why it could not be told.
 */
export type Deletion = 'gone' | Failure

/** Deletes a conversation that was cleared, here or in another tab. Never rejects. */
export async function deleteIfCleared(): Promise<Deletion> {
  if (!isCleared()) return 'gone'
  const deletion = await inTurn(deleteNow).catch(failureToReach)
  outdatePages()
  tellTabs('changed')
  if (deletion === 'gone') endUndo()
  else putBack()
  return deletion
}

async function deleteNow(): Promise<Deletion> {
  // Another tab may have deleted it while this one waited for its turn.
  if (!isCleared()) return 'gone'
  try {
    const answer = await post('/reset', {})
    if (!answer.ok) return await failureOf(answer)
    forgetReceipts()
    return 'gone'
  } catch {
    return failureToReach()
  } finally {
    forget(KEY)
  }
}

/** Hides a conversation that was cleared before this page was opened. */
export async function finishEarlierClear(): Promise<void> {
  if (!isCleared()) return
  clearThread()
  await deleteIfCleared()
}

/** The page is closing, so it cannot be undone any more. */
export function deleteLast(): void {
  if (!isCleared() || toast.hidden) return
  postSafely('/reset', {}).catch(() => {
    // The next page that opens finds the wish and does it.
  })
}

/** Does here what another tab did. */
export function hearNewChat(news: TabNews): void {
  if (news === 'cleared') clearThread()
  else if (!isCleared()) endUndo()
}

function undo(): void {
  forget(KEY)
  putBack()
  tellTabs('restored')
  required('#message', HTMLElement).focus({ preventScroll: true })
  void refresh()
}

function startTimer(): void {
  clearTimeout(timer)
  timer = setTimeout(deleteAndSay, UNDO_MS)
}

async function deleteAndSay(): Promise<void> {
  const deletion = await deleteIfCleared()
  if (deletion === 'gone') return
  addErrorBubble({ ...deletion, sentence: `${word('kept')} ${deletion.sentence}` }, false)
}

function putBack(): void {
  const thread = required('#thread', HTMLElement)
  thread.querySelector('#welcome')?.after(...removed)
  endUndo()
}

function endUndo(): void {
  clearTimeout(timer)
  toast.hidden = true
  removed = []
}
