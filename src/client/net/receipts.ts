/**
 * Receipts of finished turns, kept until the cookie is known to hold the turns. Each has a key of
 * its own, so that tabs do not overwrite each other's receipts. The tab that asks next sends all of
 * its conversation's along.
 */

import { SETTLED_HEADER } from '../../wire.ts'
import type { Failure } from '../state.ts'
import { failureOf, failureToReach, inTurn, postSafely } from './api.ts'
import { base, baseIn } from './base.ts'
import { forget, keep, kept, keysLike } from './storage.ts'

/** `aplly-receipt-<time>-<chance>`, or `aplly-receipt/c/<id>-<time>-<chance>`. */
const PREFIX = 'aplly-receipt'
/**
 * Stands before a receipt whose turn the server has saved. Another answer may still overwrite that
 * cookie, so the receipt is kept until a later answer settles it.
 */
const SAVED = '+'
/**
 * How many characters of receipts go along with a message. One receipt goes along whatever its
 * length. The rest waits for the next request.
 */
const MAX_CHARS = 180_000
/** How many receipts the server looks at in one request. */
const MAX_RECEIPTS = 100

export interface Pending {
  readonly keys: readonly string[]
  readonly receipts: readonly string[]
  /** True when the server has not confirmed all of them yet. */
  readonly news: boolean
}

export function keepReceipt(receipt: string): void {
  keep(`${PREFIX}${base}-${Date.now()}-${Math.random()}`, receipt)
}

/** A conversation's receipts that are not settled, oldest first. */
export function pendingReceipts(of = base): Pending {
  const keys: string[] = []
  const receipts: string[] = []
  let chars = 0
  let news = false
  for (const key of keysLike(`${PREFIX}${of}-`)) {
    const value = kept(key) ?? ''
    const receipt = value.replace(SAVED, '')
    chars += receipt.length
    if ((chars > MAX_CHARS && keys.length > 0) || keys.length === MAX_RECEIPTS) break
    keys.push(key)
    receipts.push(receipt)
    news ||= value === receipt
  }
  return { keys, receipts, news }
}

/** Throws away the receipts that an answer settles. */
export function settle(response: Response, { keys }: Pending): void {
  for (const position of response.headers.get(SETTLED_HEADER)?.match(/\d+/g) ?? []) {
    const key = keys[Number(position)]
    if (key !== undefined) forget(key)
  }
}

export function forgetReceipts(of: string): void {
  for (const key of keysLike(`${PREFIX}${of}-`)) forget(key)
}

/** The bases of all conversations that have receipts, this page's first. */
export function basesWithReceipts(): ReadonlySet<string> {
  return new Set([base, ...keysLike(PREFIX).map(baseIn)])
}

/**
 * `saved`: turns were added that no answer had confirmed before. `nothing`: there were none.
 * `refused`: they belong to another conversation than the cookie's, and will never be added.
 */
export type CommitOutcome = 'saved' | 'nothing' | 'refused' | Failure

/** Puts the turns of all kept receipts into their conversation. Never rejects. */
export async function commit(of = base): Promise<CommitOutcome> {
  if (pendingReceipts(of).keys.length === 0) return 'nothing'
  try {
    return await inTurn(of, async () => {
      const pending = pendingReceipts(of)
      if (pending.keys.length === 0) return 'nothing'
      const response = await postSafely(`${of}/chat/commit`, { receipts: pending.receipts })
      settle(response, pending)
      if (!response.ok) {
        const failure = await failureOf(response)
        // No cookie of this browser is for that conversation, and none will be.
        if (failure.code === 'not_found') forgetReceipts(of)
        else if (failure.code !== 'receipt_conflict') return failure
        return 'refused'
      }
      const unsettled = pending.keys.filter((key) => kept(key) !== null)
      for (const key of unsettled) keep(key, SAVED + pending.receipts[pending.keys.indexOf(key)])
      return pending.news || unsettled.length > 0 ? 'saved' : 'nothing'
    })
  } catch {
    return failureToReach()
  }
}

/** The same from a page that is closing. */
export function commitLast(): void {
  const { receipts, news } = pendingReceipts()
  if (!news) return
  postSafely(`${base}/chat/commit`, { receipts }).catch(() => {
    // The next page that opens finds them.
  })
}
