/**
 * Conversations that the visitor wants deleted. For some seconds that can be undone, so the wish is
 * kept in the browser, where all tabs and the next page find it: `aplly-deleted/c/<id>`, with the
 * time until which it can be undone.
 */

import type { Failure } from '../state.ts'
import { postSafely, submit } from './api.ts'
import { baseIn } from './base.ts'
import { forgetReceipts } from './receipts.ts'
import { forget, keep, kept, keysLike } from './storage.ts'
import { tellTabs } from './tabs.ts'
import { forgetWaiting } from './waiting.ts'

export const UNDO_MS = 8000
const PREFIX = 'aplly-deleted'
/** The wish of an earlier version. It knew the root's conversation only, and no time. */
const CLEARED = 'aplly-cleared'

export function wishDeleted(base: string): void {
  keep(PREFIX + base, String(Date.now() + UNDO_MS))
}

/** Who asks something in a conversation wants to keep it. */
export function wishKept(base: string): void {
  forget(PREFIX + base)
}

export function isDeleted(base: string): boolean {
  return kept(PREFIX + base) !== null
}

function wishes(): readonly string[] {
  return [...keysLike(CLEARED), ...keysLike(PREFIX)]
}

export function canUndo(): boolean {
  return wishes().some((key) => Number(kept(key)) > Date.now())
}

export function undoAll(): void {
  for (const key of wishes()) forget(key)
}

/**
 * Deletes all that shall be. Never rejects; gives the last reason why one could not be.
 *
 * @param onDeleted takes a conversation out of the list while it is still left out there
 */
export async function deleteAll(onDeleted: (base: string) => void): Promise<Failure | null> {
  let failure: Failure | null = null
  for (const key of wishes()) {
    const base = baseIn(key)
    const answer = await submit(base, pathOf(base), {})
    // Another tab may have deleted it already.
    if (answer instanceof Response || answer.code === 'not_found') {
      forgetReceipts(base)
      forgetWaiting(base)
      tellTabs('deleted', base)
      onDeleted(base)
    } else failure = answer
    forget(key)
  }
  return failure
}

/** The page is closing, so it cannot be undone any more. */
export function deleteLast(): void {
  for (const key of wishes()) {
    keep(key, '0')
    postSafely(pathOf(baseIn(key)), {}).catch(() => {
      // The next page that opens finds the wish and does it.
    })
  }
}

function pathOf(base: string): string {
  return base === '' ? '/reset' : `${base}/delete`
}
