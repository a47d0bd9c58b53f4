/** Reads the content of messages. Pure. */

import type { Content } from './model.ts'

/** The text of a message, its parts joined as they are. What a file holds is no text. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return content.map((part) => (part.kind === 'text' ? part.text : '')).join('')
}
