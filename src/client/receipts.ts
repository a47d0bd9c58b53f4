/**
 * Receipts of finished turns, kept until the server's cookie is known to hold them. Each has a key of its own, so that tabs do not
 * overwrite each other's; whichever tab asks next brings all of them along.
 */

import { SETTLED_HEADER } from '../wire.ts'
import { type Failure, failureOf, failureToReach, inTurn, post, postLast } from './api.ts'
import { forget, keep, kept, keysLike } from './storage.ts'

const PREFIX = 'aplly-receipt-'
/** The server takes bodies of 256 KiB; what does not fit goes along the next time. */
const MAX_CHARS = 180_000

export interface Pending {
  readonly keys: readonly string[]
  readonly receipts: readonly string[]
}

export function keepReceipt(receipt: string): void {
  keep(`${PREFIX}${Date.now()}-${Math.random()}`, receipt)
}

/** The receipts that are not known to be saved, oldest first. */
export function pendingReceipts(): Pending {
  const keys: string[] = []
  const receipts: string[] = []
  let chars = 0
  for (const key of keysLike(PREFIX)) {
    const receipt = kept(key) ?? ''
    chars += receipt.length
    if (chars > MAX_CHARS && keys.length > 0) break
    keys.push(key)
    receipts.push(receipt)
  }
  return { keys, receipts }
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

/** `saved`: turns were added to the conversation; `nothing`: it held them before, or there were none. */
export type CommitOutcome = 'saved' | 'nothing' | Failure

/** Puts the turns of all kept receipts into the conversation. Never rejects. */
export async function commit(): Promise<CommitOutcome> {
  if (pendingReceipts().keys.length === 0) return 'nothing'
  try {
    return await inTurn(async () => {
      const pending = pendingReceipts()
      if (pending.keys.length === 0) return 'nothing'
      const response = await post('/chat/commit', { receipts: pending.receipts })
      settle(response, pending)
      if (!response.ok) return failureOf(response)
      return pending.keys.some((key) => kept(key) !== null) ? 'saved' : 'nothing'
    })
  } catch {
    return failureToReach()
  }
}

/** The same from a page that is closing. */
export function commitLast(): void {
  const { receipts } = pendingReceipts()
  if (receipts.length > 0) postLast('/chat/commit', { receipts })
}
