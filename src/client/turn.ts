/** One turn on the page: the question and "Thinking…" at once, the words as they come, and then whatever end it takes. */

import { failureToReach } from './api.ts'
import { focusBox, giveBack, saveDraft, setBusy } from './composer.ts'
import { announce, word } from './dom.ts'
import { type Ending, listen, type Question } from './listen.ts'
import { deleteIfCleared } from './new-chat.ts'
import { commit, commitLast, keepReceipt } from './receipts.ts'
import { refresh, refreshIfWanted } from './refresh.ts'
import { createReply, type GrowingReply } from './reply.ts'
import { scrollToNewest } from './scroll.ts'
import { tellTabs } from './tabs.ts'
import {
  addErrorBubble,
  addUserBubble,
  addWaitingBubble,
  lastTurn,
  markReply,
  showForgotten,
  textOf,
} from './thread.ts'

/** After this long without a word the page says what may be the reason. */
const STILL_WAITING_MS = 8000
/** The server sends a first receipt this soon after the first word; a Stop between the two waits for it. */
const FIRST_RECEIPT_MS = 400

/** Send comes back when the turn is saved, but not later than this. */
const SAVING_MS = 1500

interface Running {
  readonly message: string
  readonly reply: GrowingReply
  readonly stop: AbortController
  /** The turn so far, as the server can save it; empty before the first. */
  checkpoint: string
  /** True once the visitor wants no more words. */
  stopping: boolean
  /** Resolves when the page shows how it ended. */
  readonly shown: PromiseWithResolvers<void>
}

let running: Running | null = null

/** What can be asked again, by the bubble that says why there was no reply. */
const failures = new WeakMap<Element, { question: Question; nodes: readonly Element[] }>()

export function isAnswering(): boolean {
  return running !== null
}

/** Asks, unless a reply is on its way. Never rejects. */
export async function ask(question: Question): Promise<void> {
  if (running) return
  setBusy(true)
  announce(word('generating'))
  const replaced = question.replaces ? (lastTurn()?.nodes ?? []) : []
  for (const node of replaced) node.remove()
  const asked = addUserBubble(question.message)
  const bubble = addWaitingBubble()
  const reply = createReply(bubble)
  const turn: Running = {
    message: question.message,
    reply,
    stop: new AbortController(),
    checkpoint: '',
    stopping: false,
    shown: Promise.withResolvers(),
  }
  running = turn
  scrollToNewest()
  const timer = setTimeout(() => {
    if (reply.started) return
    textOf(bubble).textContent = word('waiting')
    announce(word('waiting'))
  }, STILL_WAITING_MS)
  const deleted = await deleteIfCleared()
  const ending: Ending = deleted
    ? await listen(question, turn.stop.signal, {
        onForgotten: showForgotten,
        onEvent(event) {
          if (event.name === 'checkpoint') {
            turn.checkpoint = event.data.receipt
            if (turn.stopping) turn.stop.abort()
          } else if (turn.stopping) return
          else if (event.name === 'token') reply.addText(event.data.text)
          else if (event.name === 'html') reply.setBlock(event.data.block, event.data.html)
        },
      })
    : { kind: 'failed', failure: failureToReach() }
  clearTimeout(timer)
  running = null
  const shown = { question, turn, reply, bubble, asked, replaced }
  if (ending.kind === 'done') showDone(shown, ending)
  else if (ending.kind === 'failed') showFailed(shown, ending.failure)
  else showStopped(shown)
  turn.shown.resolve()
  const saving = ending.kind === 'failed' ? Promise.resolve(false) : save()
  await Promise.race([saving, new Promise((resolve) => setTimeout(resolve, SAVING_MS))])
  // Whoever was quick has asked again already.
  if (!isAnswering()) {
    setBusy(false)
    focusBox()
  }
  // A stopped reply may show a word more than the server has: what is kept is what is shown.
  if ((await saving) && bubble.classList.contains('stopped')) await refresh()
  else await refreshIfWanted()
}

/** Stops the reply that is on its way, if any, and resolves when that shows. What the server can save of it is kept. */
export async function stop(): Promise<void> {
  if (!running) return
  const { stop: request, reply, checkpoint, shown } = running
  running.stopping = true
  if (reply.started && checkpoint === '') setTimeout(() => request.abort(), FIRST_RECEIPT_MS)
  else request.abort()
  await shown.promise
}

/** The page is closing: saves what there is of the reply. */
export function stopForGood(): void {
  if (running?.checkpoint) keepReceipt(running.checkpoint)
  else if (running) saveDraft(running.message)
  commitLast()
  running?.stop.abort()
}

/** Asks once more what failed. */
export function retry(bubble: Element): void {
  const failure = failures.get(bubble)
  if (!failure || running) return
  for (const node of [...failure.nodes, bubble]) node.remove()
  void ask(failure.question)
}

interface Shown {
  readonly question: Question
  readonly turn: Running
  readonly reply: GrowingReply
  readonly bubble: HTMLElement
  readonly asked: HTMLElement
  readonly replaced: readonly Element[]
}

function showDone({ reply, bubble }: Shown, ending: Ending & { readonly kind: 'done' }): void {
  reply.finish(ending.reply)
  if (ending.cut) markReply(bubble, word('cut'))
  keepReceipt(ending.receipt)
  saveDraft()
  announce(textOf(bubble).textContent ?? '')
}

/** The server has kept everything as it was: so does the page, and shows the new question with the reason below. */
function showFailed(shown: Shown, failure: { sentence: string; retryAfter: number | null }): void {
  const { question, reply, bubble, asked, replaced } = shown
  asked.before(...replaced)
  if (reply.started) reply.freeze()
  else bubble.remove()
  saveDraft(question.message)
  failures.set(addErrorBubble(failure, true), { question, nodes: [asked, bubble] })
}

function showStopped(shown: Shown): void {
  const { question, turn, reply, bubble, asked, replaced } = shown
  if (turn.checkpoint !== '') {
    keepReceipt(turn.checkpoint)
    reply.freeze()
    announce(markReply(bubble))
    bubble.classList.add('stopped')
  } else if (giveBack(question.message)) {
    bubble.remove()
    asked.replaceWith(...replaced)
  } else {
    showFailed(shown, { sentence: word('unsaid'), retryAfter: null })
  }
}

/** Puts finished turns into the conversation, and tells everyone. False when that failed. */
async function save(): Promise<boolean> {
  const outcome = await commit()
  if (typeof outcome === 'object' && navigator.onLine) addErrorBubble(outcome, false)
  if (outcome === 'saved') tellTabs('changed')
  return typeof outcome === 'string'
}
