/**
 * Receipts of finished turns, kept until the server's cookie is known to hold them. Each has a key of its own, so that tabs do not
 * overwrite each other's; whichever tab asks next brings all of them along.
 */

import { SETTLED_HEADER } from '../wire.ts'
import { type Failure, failureOf, failureToReach, inTurn, postSafely } from './api.ts'
import { forget, keep, kept, keysLike } from './storage.ts'

const PREFIX = 'aplly-receipt-'
/** Stands before a receipt that the server has said it saved: only a later answer tells whether that lasted. */
const SAVED = '+'
/** The server takes bodies of 256 KiB; what does not fit goes along the next time. */
const MAX_CHARS = 180_000

export interface Pending {
  readonly keys: readonly string[]
  readonly receipts: readonly string[]
  /** True when the server has not said yet that it saved all of them. */
  readonly news: boolean
}

export function keepReceipt(receipt: string): void {
  keep(`${PREFIX}${Date.now()}-${Math.random()}`, receipt)
}

/** The receipts that are not known to be saved, oldest first. */
export function pendingReceipts(): Pending {
  const keys: string[] = []
  const receipts: string[] = []
  let chars = 0
  let news = false
  for (const key of keysLike(PREFIX)) {
    const value = kept(key) ?? ''
    const receipt = value.replace(SAVED, '')
    chars += receipt.length
    if (chars > MAX_CHARS && keys.length > 0) break
    keys.push(key)
    receipts.push(receipt)
    news ||= value === receipt
  }
  return { keys, receipts, news }
}

/** Throws away what an answer says is settled. */
export function settle(response: Response, { keys }: Pending): void {
  for (const position of response.headers.get(SETTLED_HEADER)?.match(/\d+/g) ?? []) {
    const key = keys[Number(position)]
    if (key !== undefined) forget(key)
  }
}

export function forgetReceipts(): void {
  for (const key of keysLike(PREFIX)) forget(key)
}

/**
 * `saved`: turns were added that no answer had named before; `nothing`: there were none; `refused`:
 * they belong to a conversation that the server does not find in the cookie, and never will.
 */
export type CommitOutcome = 'saved' | 'nothing' | 'refused' | Failure

/** Puts the turns of all kept receipts into the conversation. Never rejects. */
export async function commit(): Promise<CommitOutcome> {
  if (pendingReceipts().keys.length === 0) return 'nothing'
  try {
    return await inTurn(async () => {
      const pending = pendingReceipts()
      if (pending.keys.length === 0) return 'nothing'
      const response = await postSafely('/chat/commit', { receipts: pending.receipts })
      settle(response, pending)
      if (!response.ok) {
        const failure = await failureOf(response)
        return failure.code === 'receipt_conflict' ? 'refused' : failure
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
  postSafely('/chat/commit', { receipts }).catch(() => {
    // The next page that opens finds them.
  })
}
