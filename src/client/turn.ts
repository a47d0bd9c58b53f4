/**
 * One turn on the page: the question and "Thinking…" at once, the words as they come, and then its
 * end. What it does next is for the state to say.
 */

import { announce, focusNext, pause, word } from './dom.ts'
import { listen } from './net/listen.ts'
import { commit, commitLast, keepReceipt } from './net/receipts.ts'
import { keep } from './net/storage.ts'
import { tellTabs } from './net/tabs.ts'
import { isFree, type ShownEnding, type Turn } from './state.ts'
import { current, tell } from './store.ts'
import { boxIs, choices, focusBox, saveDraft } from './view/composer.ts'
import { type ShownTurn, showEnding } from './view/ending.ts'
import { isListed } from './view/list.ts'
import { createReply } from './view/reply.ts'
import { scrollToNewest } from './view/scroll.ts'
import {
  addError,
  addQuestion,
  addWaiting,
  lastTurn,
  showForgotten,
  textOf,
  thread,
} from './view/thread.ts'

/** After this long without a word, the page says what may be the reason. */
const STILL_WAITING_MS = 8000
/**
 * What is sent while a turn is being saved waits for that, but not longer than this. The next
 * question brings the turn's receipt along.
 */
const SAVING_MS = 3000
/**
 * A turn that could not be saved is tried once more after this long. Only then the page says so.
 */
const SAVE_AGAIN_MS = 2000
/** If a server asks for a longer wait than this, the page does not wait so long. */
const MAX_WAIT_MS = 30_000

/** What stands in the thread of the last turn that was asked. */
let shown: ShownTurn | null = null
let request = new AbortController()

/** Shows a question and asks it. */
export function ask(turn: Turn): void {
  const { question } = turn
  announce(word('generating'))
  const replaced = question.kind === 'new' ? [] : (lastTurn()?.nodes ?? [])
  for (const note of thread.querySelectorAll('.note')) note.remove()
  for (const node of replaced) node.remove()
  const asked = addQuestion(question.message)
  const message = addWaiting()
  scrollToNewest()
  shown = { question, asked, message, reply: createReply(message), replaced }
  request = new AbortController()
  // The button that was pressed may be gone.
  const focused = document.activeElement
  if (focused === document.body || !focused?.checkVisibility()) focusNext()
  void hear(turn, shown)
}

/**
 * Waits, and then asks the server that takes the place of one that stops. What was said stays until
 * the new server says a word.
 */
export async function askAgain(turn: Turn, waitMs: number): Promise<void> {
  if (!shown) return
  let next = shown
  if (shown.reply.started) {
    shown.reply.freeze()
    const message = addWaiting()
    next = { ...shown, message, reply: createReply(message) }
  }
  textOf(next.message).textContent = word('restarting')
  announce(word('restarting'))
  await pause(waitMs, request.signal)
  await hear(turn, next)
}

/** Listens to one answer and shows it from its first word on. */
async function hear({ number, question }: Turn, heard: ShownTurn): Promise<void> {
  const { message, reply } = heard
  const { signal } = request
  const timer = setTimeout(() => {
    if (reply.started) return
    textOf(message).textContent = word('waiting')
    announce(word('waiting'))
  }, STILL_WAITING_MS)
  /** Puts an answer that has begun in the place of one that a server broke off. */
  const takePlace = (): void => {
    if (shown !== heard) shown?.message.remove()
    shown = heard
    tell({ kind: 'word', turn: number })
  }
  const ending = await listen(question, signal, {
    choices: choices(),
    onForgotten: showForgotten,
    onEvent(event) {
      if (event.name === 'checkpoint') {
        tell({ kind: 'checkpoint', turn: number, receipt: event.data.receipt })
      } else if (current().phase === 'stopping') return
      else if (event.name === 'token') {
        if (!reply.started) takePlace()
        reply.addText(event.data.text)
      } else if (event.name === 'html') reply.setBlock(event.data.block, event.data.html)
    },
  })
  clearTimeout(timer)
  if (ending.kind === 'done' && !reply.started) takePlace()
  if (shown !== heard) message.remove()
  tell({ kind: 'ended', turn: number, ending, box: boxIs() })
}

export async function abort(waitMs: number): Promise<void> {
  const stopped = request
  if (waitMs > 0) await pause(waitMs)
  stopped.abort()
}

export function show(turn: Turn, ending: ShownEnding): void {
  if (!shown) return
  showEnding(shown, turn, ending)
  focusBox()
}

/** Puts a finished turn into the conversation, and tells everyone. */
export async function save({ number }: Turn): Promise<void> {
  const message = shown?.message
  const saved = (): void => tell({ kind: 'saved', turn: number })
  setTimeout(saved, SAVING_MS)
  let outcome = await commit()
  if (typeof outcome === 'object') {
    saved()
    await pause(Math.max(SAVE_AGAIN_MS, Math.min((outcome.retryAfter ?? 0) * 1000, MAX_WAIT_MS)))
    outcome = await commit()
  }
  // The next question sends along what is not saved.
  if (typeof outcome === 'object' && navigator.onLine && isFree(current()))
    addError(outcome, 'note')
  if (outcome === 'saved') tellTabs(isListed() ? 'turns' : 'list')
  const isSaved = typeof outcome === 'string'
  const wasStopped = message?.dataset['state'] === 'stopped'
  if (isSaved && message && !wasStopped) message.dataset['state'] = 'saved'
  saved()
  // A stopped reply may show a word more than the server has. The page must show what is kept. The
  // list has the title of a conversation that has just begun. And where the server does not find
  // the conversation, its page says why.
  if (outcome === 'refused' || (isSaved && (wasStopped || !isListed()))) tell({ kind: 'refresh' })
}

/**
 * The page is closing. Keeps what there is of the reply, or the question if there is no reply yet.
 * The browser ends the request.
 */
export function leave(): void {
  const turn = current().running
  if (turn?.checkpoint) keepReceipt(turn.checkpoint)
  else if (turn?.question.id) keep(turn.question.id, turn.question.message)
  else if (turn) saveDraft(turn.question.message)
  commitLast()
}
