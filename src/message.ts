/** The words all rooms share: who speaks, and what was said. Knows nothing of HTTP, models or sessions. */

export type Role = 'system' | 'user' | 'assistant'

/** One entry of a conversation. */
export interface Message {
  readonly role: Role
  /** Plain text or Markdown, never HTML. */
  readonly content: string
}

/** A finished exchange: what the visitor said and what the model replied. */
export interface Turn {
  readonly user: string
  readonly assistant: string
}

/** Lays turns out as the entries a model reads: user, assistant, user, assistant, and so on. */
export function toMessages(turns: readonly Turn[]): Message[] {
  return turns.flatMap(({ user, assistant }): Message[] => [
    { role: 'user', content: user },
    { role: 'assistant', content: assistant },
  ])
}
