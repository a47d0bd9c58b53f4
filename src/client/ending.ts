/** How a turn ends on the page: with the whole reply, with what was said until Stop, or with a reason and a way to ask again. */

import { type Failure, failureBecause } from './api.ts'
import { giveBack, saveDraft } from './composer.ts'
import { announce, word } from './dom.ts'
import type { Ending, Question } from './listen.ts'
import { keepReceipt } from './receipts.ts'
import type { GrowingReply } from './reply.ts'
import { addErrorBubble, markReply, spokenText, textOf } from './thread.ts'

/** A turn as it stands in the thread. */
export interface ShownTurn {
  readonly question: Question
  readonly asked: HTMLElement
  readonly bubble: HTMLElement
  readonly reply: GrowingReply
  /** The turn whose place it takes, out of sight until it is known whether it does. */
  readonly replaced: readonly Element[]
}

/** What can be asked again, by the bubble that says why there was no reply. */
const failures = new WeakMap<Element, { question: Question; nodes: readonly Element[] }>()

/**
 * Shows an ending, and keeps the receipt of what the server can save.
 *
 * @param checkpoint receipt of the turn so far, for a stop; empty when there is none
 */
export function showEnding(turn: ShownTurn, ending: Ending, checkpoint: string): void {
  if (ending.kind === 'failed') showFailed(turn, ending.failure)
  else if (ending.kind === 'stopped') showStopped(turn, checkpoint)
  else {
    turn.reply.finish(ending.reply)
    if (ending.cut) markReply(turn.bubble, word('cut'))
    keepReceipt(ending.receipt)
    saveDraft()
    announce(spokenText(turn.bubble))
  }
}

/** The failed question that a bubble belongs to, if any. */
export function failedQuestion(bubble: Element): Question | null {
  return failures.get(bubble)?.question ?? null
}

/** Takes a failed question out of the thread, so that it can be asked again. Null when the bubble belongs to none. */
export function takeFailure(bubble: Element): Question | null {
  const failure = failures.get(bubble)
  if (!failure) return null
  for (const node of [...failure.nodes, bubble]) node.remove()
  return failure.question
}

/** The server has kept everything as it was: so does the page, and shows the new question with the reason below. */
function showFailed({ question, reply, bubble, asked, replaced }: ShownTurn, why: Failure): void {
  asked.before(...replaced)
  if (reply.started) reply.freeze()
  else bubble.remove()
  saveDraft(question.message)
  failures.set(addErrorBubble(why, true), { question, nodes: [asked, bubble] })
}

function showStopped(turn: ShownTurn, checkpoint: string): void {
  const { question, reply, bubble, asked, replaced } = turn
  if (checkpoint !== '') {
    keepReceipt(checkpoint)
    reply.freeze()
    announce(markReply(bubble))
    // Until the server has said what it keeps of it.
    bubble.classList.add('stopped')
  } else if (isRepeated(turn) || (!question.replaces && giveBack(question.message))) {
    bubble.remove()
    asked.replaceWith(...replaced)
  } else {
    showFailed(turn, failureBecause('unsaid'))
  }
}

/** Whether a question was asked once more as it stands in the thread. */
function isRepeated({ question, replaced: [asked] }: ShownTurn): boolean {
  return asked !== undefined && textOf(asked).textContent === question.message
}
