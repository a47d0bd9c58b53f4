/**
 * How a turn ends on the page: with the whole reply, with the text until Stop, or with a reason and
 * a way to ask again.
 */

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
  /** The turn whose place it takes. It is hidden until the new turn has ended. */
  readonly replaced: readonly Element[]
}

/** Questions that can be asked again, by the bubble that says why there was no reply. */
const failures = new WeakMap<Element, { question: Question; nodes: readonly Element[] }>()

/**
 * Shows how a turn ended, and keeps the receipt with which the server can save it.
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

/**
 * Takes a failed question out of the thread, so that it can be asked again. Null when the bubble
 * belongs to no question.
 */
export function takeFailure(bubble: Element): Question | null {
  const failure = failures.get(bubble)
  if (!failure) return null
  for (const node of [...failure.nodes, bubble]) node.remove()
  return failure.question
}

/**
 * Puts back what was there: the server has changed nothing. Below stands the new question, with the
 * reason.
 */
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
    // This holds until the server says what it keeps of the reply.
    bubble.dataset['state'] = 'stopped'
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
