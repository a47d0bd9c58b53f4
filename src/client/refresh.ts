/** Shows what the server holds, without a reload: after a change in another tab, after Stop, and when the visitor comes back. */

import { mergePage } from './merge.ts'

/** Says whether the page may be touched now: not while a reply grows, nor while a cleared conversation waits for its end. */
let mayTouch: () => boolean = () => true
let wanted = false

export function startRefreshing(allowed: () => boolean): void {
  mayTouch = allowed
}

/** Fetches a page of this chat. Rejects when there is none. */
export async function fetchPage(address: string): Promise<Document> {
  const response = await fetch(address, { headers: { Accept: 'text/html' } })
  if (!response.ok) throw new Error(`Cannot show "${address}": status ${response.status}`)
  return new DOMParser().parseFromString(await response.text(), 'text/html')
}

/** Brings the page up to date now, or as soon as it may be touched: then `refreshIfWanted` does it. */
export async function refresh(): Promise<void> {
  wanted = true
  await refreshIfWanted()
}

export async function refreshIfWanted(): Promise<void> {
  if (!wanted || !mayTouch()) return
  wanted = false
  const page = await fetchPage('/').catch(() => null)
  // What stands there is right enough until the next change, if the server cannot be reached.
  if (!page) return
  if (mayTouch()) mergePage(page)
  else wanted = true
}
