/** Finds a text in what was said, while the visitor writes it into the filter. */

import { clone, pause, required, requiredOf } from '../dom.ts'
import { histories, textsOf } from '../net/histories.ts'
import { filter } from './list.ts'

/** Shorter texts are everywhere. */
const MIN_CHARS = 3
/** Who writes on does not want the answer to what they wrote before. */
const TYPING_MS = 300
/** How much is shown before what was found, and in all, in characters. */
const BEFORE_CHARS = 30
const EXCERPT_CHARS = 120

const found = required('#found')
let search = new AbortController()

/** Searches anew, and forgets the search before. Never rejects. */
export async function searchHistories(): Promise<void> {
  search.abort()
  search = new AbortController()
  const { signal } = search
  const text = filter.value.trim().toLowerCase()
  found.replaceChildren()
  found.hidden = true
  if (text.length < MIN_CHARS) return
  await pause(TYPING_MS)
  try {
    for await (const conversation of histories(signal)) {
      const said = textsOf(conversation).find((said) => said.toLowerCase().includes(text))
      if (said !== undefined) show(conversation, said, said.toLowerCase().indexOf(text))
    }
  } catch (error) {
    // The visitor writes on. Or the server cannot be reached, and there is no more to show.
    if (!signal.aborted) reportError(error)
  }
}

function show({ id, title }: { id: string; title: string }, said: string, place: number): void {
  const entry = clone('found-entry')
  requiredOf(HTMLAnchorElement, 'a', entry).href = `/c/${id}`
  required('bdi', entry).textContent = title
  const start = Math.max(0, place - BEFORE_CHARS)
  required('span', entry).textContent =
    (start > 0 ? '…' : '') + said.slice(start, start + EXCERPT_CHARS)
  found.append(entry)
  found.hidden = false
}
