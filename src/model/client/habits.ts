/**
 * What a model server was found to want, beyond what its protocol says. Learned for all visitors of
 * a process, and only from requests that succeeded: the words of an error may be a visitor's own,
 * repeated by the server. A success that follows such words proves nothing either.
 *
 *     habit        learned from a success                   unlearned from a success
 *     foldsSystem  with the system prompt folded            with it in its own place
 *     omitsUsage   without asking for usage, once it        with asking for it, which is
 *                  was refused                              tried again after an hour
 */

import type { Message } from '../model.ts'
import type { Sent } from './recovery.ts'
import { talksOfFields, talksOfTemplates } from './refusal.ts'

/** A router may choose another server behind it, or the owner renew it. */
const OMITS_USAGE_MS = 3_600_000

export interface HabitsOptions {
  /** Only a chat has a place of its own for the system prompt. */
  readonly isChat: boolean
  /** The protocol can ask for usage in a stream. */
  readonly mayAskUsage: boolean
  /** Milliseconds since any fixed time. */
  readonly now: () => number
}

export interface Habits {
  /** The first request of a turn. */
  firstRequest(messages: readonly Message[], stream: boolean): Sent
  /** Learns from a request that succeeded, and from the first one of its turn. */
  learn(sent: Sent, first: Sent): void
}

/** Creates the habits of a server of which nothing is known. */
export function createHabits({ isChat, mayAskUsage, now }: HabitsOptions): Habits {
  let foldsSystem = false
  let omitsUsageUntil = Number.NEGATIVE_INFINITY

  function learnFold(sent: Sent, first: Sent): void {
    if (!sent.folded) foldsSystem = false
    else if (!talksOfTemplates(first.messages)) foldsSystem = true
  }

  return {
    firstRequest(messages, stream) {
      const mayFold = isChat && messages.some(({ role }) => role === 'system')
      const asksUsage = mayAskUsage && stream && now() >= omitsUsageUntil
      const folded = mayFold && foldsSystem
      return { messages, folded, mayFold, asksUsage, mayShrink: true, retries: 0 }
    },
    learn(sent, first) {
      if (first.mayFold) learnFold(sent, first)
      if (sent.asksUsage) omitsUsageUntil = Number.NEGATIVE_INFINITY
      else if (first.asksUsage && !talksOfFields(first.messages)) {
        omitsUsageUntil = now() + OMITS_USAGE_MS
      }
    },
  }
}
