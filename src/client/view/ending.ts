/**
 * How a turn ends on the page: with the whole reply, with the text until Stop, or with a reason and
 * a way to ask again.
 */

import { announce, word } from '../dom.ts'
import { failureBecause } from '../net/api.ts'
import { keepReceipt } from '../net/receipts.ts'
import type { Failure, Question, ShownEnding, Turn } from '../state.ts'
import { saveDraft } from './composer.ts'
import type { GrowingReply } from './reply.ts'
import { addError, markReply, spokenText } from './thread.ts'

/** A turn as it stands in the thread. */
export interface ShownTurn {
  readonly question: Question
  readonly asked: HTMLElement
  readonly message: HTMLElement
  readonly reply: GrowingReply
  /** The turn whose place it takes. It is hidden until the new turn has ended. */
  readonly replaced: readonly Element[]
}

/** Questions that can be asked again, by their own message and by the one that says why. */
const failures = new WeakMap<Element, { question: Question; nodes: readonly Element[] }>()

/** Shows how a turn ended, and keeps the receipt with which the server can save it. */
export function showEnding(shown: ShownTurn, { checkpoint }: Turn, ending: ShownEnding): void {
  const { reply, message, asked, replaced } = shown
  switch (ending.kind) {
    case 'done':
      reply.finish(ending.reply)
      if (ending.cut) markReply(message, word('cut'))
      keepReceipt(ending.receipt)
      saveDraft()
      announce(spokenText(message))
      return
    case 'stopped':
      keepReceipt(checkpoint)
      reply.freeze()
      announce(markReply(message))
      // This holds until the server says what it keeps of the reply.
      message.dataset['state'] = 'stopped'
      return
    case 'failed':
      showFailed(shown, ending.failure)
      return
    case 'unsaid':
      showFailed(shown, failureBecause('unsaid'))
      return
    case 'undone':
      message.remove()
      asked.replaceWith(...replaced)
  }
}

/** The failed question that a message belongs to, if any. */
export function failedQuestion(message: Element): Question | null {
  return failures.get(message)?.question ?? null
}

/**
 * Takes a failed question out of the thread, so that it can be asked again. Null when the message
 * belongs to no question.
 */
export function takeFailure(message: Element): Question | null {
  const failure = failures.get(message)
  if (!failure) return null
  for (const node of failure.nodes) node.remove()
  return failure.question
}

/**
 * Puts back what was there: the server has changed nothing. Below stands the new question, with the
 * reason.
 */
function showFailed({ question, reply, message, asked, replaced }: ShownTurn, why: Failure): void {
  asked.before(...replaced)
  if (reply.started) reply.freeze()
  else message.remove()
  saveDraft(question.message)
  const error = addError(why, 'retry')
  const failure = { question, nodes: [asked, message, error] }
  failures.set(asked, failure).set(error, failure)
}
