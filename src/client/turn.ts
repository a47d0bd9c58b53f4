/**
 * One turn on the page: the question and "Thinking…" at once, the words as they come, and then its
 * end.
 */

import { focusBox, saveDraft, setBusy } from './composer.ts'
import { announce, focusNext, required, word } from './dom.ts'
import { type ShownTurn, showEnding, takeFailure } from './ending.ts'
import { type Ending, listen, type Question } from './listen.ts'
import { deleteIfCleared } from './new-chat.ts'
import { type CommitOutcome, commit, commitLast, keepReceipt } from './receipts.ts'
import { outdatePages, refresh, refreshIfWanted } from './refresh.ts'
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

/** After this long without a word, the page says what may be the reason. */
const STILL_WAITING_MS = 8000
/**
 * How soon after the first word the server sends a first receipt. A Stop before that waits for it.
 */
const FIRST_RECEIPT_MS = 400
/**
 * Send comes back when the turn is saved, but not later than this. A click that was meant for Stop
 * may come just as the reply ends. It must not send what is in the box.
 */
const SAVING_MS = 400
/**
 * A turn that could not be saved is tried once more after this long. Only then the page says so.
 */
const SAVE_AGAIN_MS = 2000
/**
 * How long the page waits before it asks again by itself, if a server that is being restarted names
 * no time.
 */
const RESTART_SECONDS = 2
/** If a server asks for a longer wait than this, the visitor decides when to try again. */
const MAX_WAIT_SECONDS = 30

const thread = required('#thread', HTMLElement)

interface Running {
  /**
   * What stands in the thread. Another one takes its place when a server that took over says its
   * first word.
   */
  turn: ShownTurn
  readonly request: AbortController
  /** Receipt of the turn so far; empty before the first one. */
  checkpoint: string
  /** True once the visitor has pressed Stop. */
  stopping: boolean
  /** Resolves when the page shows how the turn ended. */
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
  thread.ariaBusy = 'true'
  announce(word('generating'))
  outdatePages()
  const turn = showQuestion(question)
  // The button that was pressed may be gone.
  const focused = document.activeElement
  if (focused === document.body || !focused?.checkVisibility()) focusNext()
  const current: Running = {
    turn,
    request: new AbortController(),
    checkpoint: '',
    stopping: false,
    shown: Promise.withResolvers(),
  }
  running = current
  const ending = await answer(current)
  running = null
  showEnding(current.turn, ending, current.checkpoint)
  current.shown.resolve()
  const saving = ending.kind === 'failed' ? null : save()
  await Promise.race([saving, pause(SAVING_MS)])
  // A quick visitor may have asked again already.
  if (!isAnswering()) {
    setBusy(false)
    focusBox()
  }
  await settle(current.turn.bubble, await saving)
}

/** Brings the page to what the server holds after a turn. */
async function settle(bubble: HTMLElement, outcome: CommitOutcome | null): Promise<void> {
  const isSaved = typeof outcome === 'string'
  const isStopped = bubble.dataset['state'] === 'stopped'
  if (isSaved && !isStopped) bubble.dataset['state'] = 'saved'
  outdatePages()
  if (!isAnswering()) thread.ariaBusy = 'false'
  // A stopped reply may show a word more than the server has. The page must show what is kept. And
  // where the server does not find the conversation, its page says why.
  const isUnlike = outcome === 'refused' || (isSaved && isStopped)
  await (isUnlike ? refresh() : refreshIfWanted())
}

/**
 * Stops the reply that is on its way, if there is one. Resolves when the page shows it. The text
 * with a checkpoint is saved.
 */
export async function stop(): Promise<void> {
  if (!running) return
  const { turn, request, checkpoint, shown } = running
  running.stopping = true
  if (turn.reply.started && checkpoint === '') setTimeout(() => request.abort(), FIRST_RECEIPT_MS)
  else request.abort()
  await shown.promise
}

/**
 * The page is closing. Saves what there is of the reply, or the question if there is no reply yet.
 */
export function stopForGood(): void {
  if (running?.checkpoint) keepReceipt(running.checkpoint)
  else if (running) saveDraft(running.turn.question.message)
  commitLast()
  running?.request.abort()
}

/** Asks a failed question once more. */
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
  const deletion = await deleteIfCleared()
  if (deletion !== 'gone') return { kind: 'failed', failure: deletion }
  const ending = await hear(current, current.turn)
  if (ending.kind !== 'failed' || ending.failure.code !== 'shutting_down') return ending
  const seconds = ending.failure.retryAfter ?? RESTART_SECONDS
  return seconds > MAX_WAIT_SECONDS ? ending : askNext(current, seconds * 1000)
}

/**
 * Waits, and then asks the server that takes the place of one that stops. What was said stays until
 * the new server says a word.
 */
async function askNext(current: Running, waitMs: number): Promise<Ending> {
  const { turn, request } = current
  let next = turn
  if (turn.reply.started) {
    turn.reply.freeze()
    const bubble = addWaitingBubble()
    next = { ...turn, bubble, reply: createReply(bubble) }
  }
  textOf(next.bubble).textContent = word('restarting')
  announce(word('restarting'))
  await pause(waitMs, request.signal)
  if (current.stopping) request.abort()
  const ending = await hear(current, next)
  if (current.turn !== next) next.bubble.remove()
  return ending
}

/** Listens to one answer and shows it from its first word on. */
async function hear(current: Running, turn: ShownTurn): Promise<Ending> {
  const { question, bubble, reply } = turn
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
      else if (event.name === 'token') {
        takePlace(current, turn)
        reply.addText(event.data.text)
      } else if (event.name === 'html') reply.setBlock(event.data.block, event.data.html)
    },
  })
  clearTimeout(timer)
  if (ending.kind === 'done') takePlace(current, turn)
  return ending
}

/**
 * Puts an answer that has begun in the place of one that a server broke off. The checkpoint of the
 * old one is dropped.
 */
function takePlace(current: Running, turn: ShownTurn): void {
  if (current.turn === turn) return
  current.turn.bubble.remove()
  current.turn = turn
  current.checkpoint = ''
}

/** Puts finished turns into the conversation, and tells everyone. */
async function save(): Promise<CommitOutcome> {
  let outcome = await commit()
  if (typeof outcome === 'object') {
    const wait = Math.min(outcome.retryAfter ?? 0, MAX_WAIT_SECONDS) * 1000
    await pause(Math.max(SAVE_AGAIN_MS, wait))
    outcome = await commit()
  }
  // The next question sends along what is not saved.
  if (typeof outcome === 'object' && navigator.onLine && !running) addErrorBubble(outcome, false)
  if (outcome === 'saved') tellTabs('changed')
  return outcome
}

/** Resolves after this long, or when the signal aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => resolve())
  })
}
