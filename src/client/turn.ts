/** One turn on the page: the question and "Thinking…" at once, the words as they come, and then whatever end it takes. */

import { failureToReach } from './api.ts'
import { focusBox, saveDraft, setBusy } from './composer.ts'
import { announce, focusNext, word } from './dom.ts'
import { type ShownTurn, showEnding, takeFailure } from './ending.ts'
import { type Ending, listen, type Question } from './listen.ts'
import { deleteIfCleared } from './new-chat.ts'
import { commit, commitLast, keepReceipt } from './receipts.ts'
import { refresh, refreshIfWanted } from './refresh.ts'
import { createReply } from './reply.ts'
import { scrollToNewest } from './scroll.ts'
import { tellTabs } from './tabs.ts'
import {
  addErrorBubble,
  addUserBubble,
  addWaitingBubble,
  lastTurn,
  showForgotten,
  textOf,
} from './thread.ts'

/** After this long without a word the page says what may be the reason. */
const STILL_WAITING_MS = 8000
/** The server sends a first receipt this soon after the first word; a Stop between the two waits for it. */
const FIRST_RECEIPT_MS = 400
/** Send comes back when the turn is saved, but not later than this. */
const SAVING_MS = 1500
/** A turn that could not be saved gets another chance after this long, before the page says so. */
const SAVE_AGAIN_MS = 2000

interface Running {
  readonly turn: ShownTurn
  readonly request: AbortController
  /** Receipt of the turn so far; empty before the first. */
  checkpoint: string
  /** True once the visitor wants no more words. */
  stopping: boolean
  /** Resolves when the page shows how it ended. */
  readonly shown: PromiseWithResolvers<void>
}

let running: Running | null = null

export function isAnswering(): boolean {
  return running !== null
}

/** Asks, unless a reply is on its way. Never rejects. */
export async function ask(question: Question): Promise<void> {
  if (running) return
  setBusy(true)
  announce(word('generating'))
  const turn = showQuestion(question)
  // The button that asked may be gone.
  const focused = document.activeElement
  if (focused === document.body || !focused?.checkVisibility()) focusNext()
  running = {
    turn,
    request: new AbortController(),
    checkpoint: '',
    stopping: false,
    shown: Promise.withResolvers(),
  }
  const ending = await answer(running)
  const { checkpoint, shown } = running
  running = null
  showEnding(turn, ending, checkpoint)
  shown.resolve()
  const saving = ending.kind === 'failed' ? Promise.resolve(false) : save()
  await Promise.race([saving, new Promise((resolve) => setTimeout(resolve, SAVING_MS))])
  // Whoever was quick has asked again already.
  if (!isAnswering()) {
    setBusy(false)
    focusBox()
  }
  if (await saving) turn.bubble.classList.add('saved')
  // A stopped reply may show a word more than the server has: what is kept is what is shown.
  if ((await saving) && turn.bubble.classList.contains('stopped')) await refresh()
  else await refreshIfWanted()
}

/** Stops the reply that is on its way, if any, and resolves when that shows. What the server can save of it is kept. */
export async function stop(): Promise<void> {
  if (!running) return
  const { turn, request, checkpoint, shown } = running
  running.stopping = true
  if (turn.reply.started && checkpoint === '') setTimeout(() => request.abort(), FIRST_RECEIPT_MS)
  else request.abort()
  await shown.promise
}

/** The page is closing: saves what there is of the reply, or else the question. */
export function stopForGood(): void {
  if (running?.checkpoint) keepReceipt(running.checkpoint)
  else if (running) saveDraft(running.turn.question.message)
  commitLast()
  running?.request.abort()
}

/** Asks once more what failed. */
export function retry(bubble: Element): void {
  const question = running ? null : takeFailure(bubble)
  if (question) void ask(question)
}

function showQuestion(question: Question): ShownTurn {
  const replaced = question.replaces ? (lastTurn()?.nodes ?? []) : []
  for (const note of document.querySelectorAll('.note')) note.remove()
  for (const node of replaced) node.remove()
  const asked = addUserBubble(question.message)
  const bubble = addWaitingBubble()
  scrollToNewest()
  return { question, asked, bubble, reply: createReply(bubble), replaced }
}

async function answer(current: Running): Promise<Ending> {
  const { question, bubble, reply } = current.turn
  if (!(await deleteIfCleared())) return { kind: 'failed', failure: failureToReach() }
  const timer = setTimeout(() => {
    if (reply.started) return
    textOf(bubble).textContent = word('waiting')
    announce(word('waiting'))
  }, STILL_WAITING_MS)
  const ending = await listen(question, current.request.signal, {
    onForgotten: showForgotten,
    onEvent(event) {
      if (event.name === 'checkpoint') {
        current.checkpoint = event.data.receipt
        if (current.stopping) current.request.abort()
      } else if (current.stopping) return
      else if (event.name === 'token') reply.addText(event.data.text)
      else if (event.name === 'html') reply.setBlock(event.data.block, event.data.html)
    },
  })
  clearTimeout(timer)
  return ending
}

/** Puts finished turns into the conversation, and tells everyone. False when that failed. */
async function save(): Promise<boolean> {
  let outcome = await commit()
  if (typeof outcome === 'object') {
    await new Promise((resolve) => setTimeout(resolve, SAVE_AGAIN_MS))
    outcome = await commit()
  }
  // The next question brings along what is not saved.
  if (typeof outcome === 'object' && navigator.onLine && !running) addErrorBubble(outcome, false)
  if (outcome === 'saved') tellTabs('changed')
  return typeof outcome === 'string'
}
