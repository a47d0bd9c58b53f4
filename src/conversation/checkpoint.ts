/**
 * When a growing reply is worth a receipt, so that a visitor who stops keeps what was said. The
 * distances widen: all receipts of a reply together stay under four times the reply, but for the
 * first, which comes soon and costs what it costs. Knows no clock.
 */

/** Receipts so far and the next may together have this many characters for each of the reply. */
const MAX_SHARE = 3.6
/** The first comes when something has been readable for so long: nobody stops sooner. */
const FIRST_AFTER_MS = 100
/**
 * Without new text for so long a receipt is due however little it would add: now a visitor may lose
 * patience.
 */
const PAUSE_MS = 300
/** Otherwise the reply must have grown by this factor, and by this many characters. */
const MIN_GROWTH = 1.15
const MIN_NEW_CHARS = 40

/** How many characters a receipt grows by for each of the reply, if that does not pack at all. */
const RECEIPT_PER_CHAR = 1.4

export interface CheckpointSchedule {
  /** Says that the reply now has so many characters. */
  grow(chars: number, nowMs: number): void
  /** Milliseconds until a receipt is due, should no more text come; infinite when none is. */
  dueInMs(nowMs: number): number
  /** Says that a receipt for all text so far, of so many characters, was sent. */
  sent(receiptChars: number): void
}

export function createCheckpointSchedule(): CheckpointSchedule {
  let chars = 0
  let grownAtMs = 0
  let savedChars = 0
  let lastReceiptChars = 0
  let allReceiptChars = 0

  return {
    grow(now, nowMs) {
      // From the first word on the time of the first one runs, not of the latest.
      if (savedChars > 0 || chars === 0) grownAtMs = nowMs
      chars = now
    },
    dueInMs(nowMs) {
      if (chars <= savedChars) return Number.POSITIVE_INFINITY
      if (savedChars === 0) return Math.max(0, grownAtMs + FIRST_AFTER_MS - nowMs)
      const next = lastReceiptChars + RECEIPT_PER_CHAR * (chars - savedChars)
      if (allReceiptChars + next > MAX_SHARE * chars) return Number.POSITIVE_INFINITY
      if (chars >= savedChars * MIN_GROWTH + MIN_NEW_CHARS) return 0
      return Math.max(0, grownAtMs + PAUSE_MS - nowMs)
    },
    sent(receiptChars) {
      savedChars = chars
      lastReceiptChars = receiptChars
      allReceiptChars += receiptChars
    },
  }
}
