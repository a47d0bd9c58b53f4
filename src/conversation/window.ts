/** Which entries of a conversation the model gets to see. Pure. */

import type { Message } from '../model/model.ts'
import { type Turn, toMessages } from './turn.ts'

/**
 * The system prompt, then the newest entries including the visitor's new message, which is always
 * the last.
 *
 * @param maxTurns entries (user or assistant, each counts one) besides the system prompt
 */
export function selectWindow(
  systemPrompt: string,
  turns: readonly Turn[],
  message: string,
  maxTurns: number,
): Message[] {
  const entries: Message[] = [...toMessages(turns), { role: 'user', content: message }]
  return [{ role: 'system', content: systemPrompt }, ...entries.slice(-maxTurns)]
}

/** How many of the newest turns `selectWindow` can use at most. */
export function turnsNeeded(maxTurns: number): number {
  return Math.ceil((maxTurns - 1) / 2)
}
