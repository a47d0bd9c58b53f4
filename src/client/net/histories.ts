/** What was said in all conversations, for a search and for a file of all. */

import { fieldsOf, idle } from './api.ts'

export interface Conversation {
  readonly id: string
  readonly title: string
  /** What the server said of it in the list, and its history. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Histories stay until something changes: a search asks for them with every letter. */
const known = new Map<string, Readonly<Record<string, unknown>>>()

export function forgetHistories(): void {
  known.clear()
}

/**
 * All conversations, newest first, one after another, each when the browser has time.
 *
 * @throws what `fetch` throws, also when the signal aborts
 */
export async function* histories(signal?: AbortSignal): AsyncGenerator<Conversation> {
  const { conversations } = await get('/conversations', signal)
  for (const entry of Array.isArray(conversations) ? conversations : []) {
    const { id, title }: Readonly<Record<string, unknown>> = { ...entry }
    if (typeof id !== 'string' || typeof title !== 'string') continue
    await idle()
    const history = known.get(id) ?? (await get(`/c/${id}/history`, signal))
    known.set(id, history)
    yield { id, title, fields: { ...entry, ...history } }
  }
}

async function get(path: string, signal?: AbortSignal): ReturnType<typeof fieldsOf> {
  const headers = { Accept: 'application/json' }
  const response = await fetch(path, signal ? { headers, signal } : { headers })
  if (!response.ok) throw new Error(`Cannot read ${path}: ${response.status}`)
  return fieldsOf(response)
}

/** The texts of a conversation, oldest first. */
export function textsOf({ fields: { turns } }: Conversation): readonly string[] {
  return (Array.isArray(turns) ? turns : []).map(({ content }: { content?: unknown }) =>
    typeof content === 'string' ? content : '',
  )
}
