/** Shows what the server holds, without a reload: after a change in another tab, after Stop, and when the visitor comes back. */

import { type Failure, failureOf, failureToReach } from './api.ts'
import { mergePage } from './merge.ts'

/** A page that takes longer is not waited for. */
const FETCH_MS = 20_000

/** Says whether the page may be touched now: not while a reply grows, nor while a cleared conversation waits for its end. */
let mayTouch: () => boolean = () => true
let wanted = false
/** One at a time, so that no page is taken over after a newer one. */
let fetching = false
/**
 * Counts what this page did to the conversation: what the server showed before is out of date then.
 */
let changes = 0

export function startRefreshing(allowed: () => boolean): void {
  mayTouch = allowed
}

/** The conversation is another one from now on: a page that is on its way is not shown. */
export function outdatePages(): void {
  changes += 1
}

/** Fetches a page of this chat. Never rejects. */
export async function fetchPage(address: string): Promise<Document | Failure> {
  try {
    const signal = AbortSignal.timeout(FETCH_MS)
    const response = await fetch(address, { headers: { Accept: 'text/html' }, signal })
    if (!response.ok) return await failureOf(response)
    return new DOMParser().parseFromString(await response.text(), 'text/html')
  } catch {
    return failureToReach()
  }
}

/** Brings the page up to date now, or as soon as it may be touched: then `refreshIfWanted` does it. */
export async function refresh(): Promise<void> {
  wanted = true
  await refreshIfWanted()
}

export async function refreshIfWanted(): Promise<void> {
  if (fetching) return
  fetching = true
  while (wanted && mayTouch()) {
    wanted = false
    const before = changes
    const page = await fetchPage('/')
    if (before !== changes || !mayTouch()) wanted = true
    // What stands there is right enough until the next change, if the server cannot be reached.
    else if (page instanceof Document) mergePage(page)
  }
  fetching = false
}
