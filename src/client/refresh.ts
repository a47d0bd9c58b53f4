/**
 * Shows what the server holds without a reload: after a change in another tab, after Stop, and when
 * the visitor comes back.
 */

import { type Failure, failureOf, failureToReach } from './api.ts'
import { mergePage } from './merge.ts'

/** Longest wait for a page. */
const FETCH_MS = 20_000

/**
 * Whether the page may be touched now: not while a reply grows, and not while New Chat can be
 * undone.
 */
let mayTouch: () => boolean = () => true
let wanted = false
/** Pages are fetched one at a time, so that an older one is never taken over after a newer one. */
let fetching = false
/**
 * Counts what this page did to the conversation. A page that the server made before is out of date.
 */
let changes = 0

export function startRefreshing(allowed: () => boolean): void {
  mayTouch = allowed
}

/** Notes that the conversation has changed: a page that is on its way is not shown. */
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

/**
 * Brings the page up to date now. If it may not be touched now, `refreshIfWanted` does it later.
 */
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
    // The server cannot be reached. What the page shows stays until the next change.
    else if (page instanceof Document) mergePage(page)
  }
  fetching = false
}
