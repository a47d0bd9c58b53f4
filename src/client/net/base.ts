/**
 * Which conversation this page is about. Its base is `''` for the root's own one, and `/c/<id>` for
 * any other. The composer's form says it: the address of an empty page does not.
 *
 * What the browser keeps for a conversation has the base in its key. So nothing of one is sent to
 * another. The keys of the root's are those of the time when there was no other.
 */

import { requiredOf } from '../dom.ts'

/** The base that an address or a key holds. */
export function baseIn(text: string): string {
  return /\/c\/[\w-]{16}/.exec(text)?.[0] ?? ''
}

export function baseOf(page: Document): string {
  return baseIn(requiredOf(HTMLFormElement, '#composer', page).action)
}

export const base = baseOf(document)
