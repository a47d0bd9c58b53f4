/** Which messages of a conversation the model gets to see. Pure. */

import type { Message } from '../model/model.ts'
import { type Turn, toMessages } from './turn.ts'

/**
 * The system prompt, then the newest messages. The visitor's new one is always the last.
 *
 * @param maxMessages the visitor's and the model's, each counts one; the system prompt counts none
 */
export function selectWindow(
  systemPrompt: string,
  turns: readonly Turn[],
  message: string,
  maxMessages: number,
): Message[] {
  const messages: Message[] = [...toMessages(turns), { role: 'user', content: message }]
  return [{ role: 'system', content: systemPrompt }, ...messages.slice(-maxMessages)]
}

/** How many of the newest turns `selectWindow` can use at most. */
export function turnsNeeded(maxMessages: number): number {
  return Math.ceil((maxMessages - 1) / 2)
}
