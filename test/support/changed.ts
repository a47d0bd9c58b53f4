/** Unpacks what a change of a conversation gives, for tests that expect it to give one. */

import type { Addition, Conversation, Replacement } from '../../src/conversation/conversation.ts'

/** @throws Error when there is no conversation in it */
export function changed(result: Addition | Replacement): Conversation {
  if ('conversation' in result) return result.conversation
  throw new Error(`Cannot go on: the turn is ${result.kind}`)
}
