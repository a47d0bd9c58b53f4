/** What a visitor may send: the request body, parsed from `unknown`. Knows no HTTP beyond that it gave a value. */

import { AppError } from '../errors.ts'
import { MAX_REPLY_CHARS } from '../model/client/reply.ts'

/** Longest message, in characters (code points), after trimming. */
export const MAX_MESSAGE_CHARS = 32_000

/** Longest body without receipts: a message of four bytes a character twice over. One that is all escapes can be too long. */
export const MAX_BODY_BYTES = 256 * 1024

/** A character takes at most four bytes of UTF-8, or of what its escape in JSON packs to. */
const MAX_BYTES_PER_CHAR = 4
/** The ids in a receipt, its signature and punctuation. */
const RECEIPT_FRAME_BYTES = 1024
/** Longest receipt: the longest message and reply, as base64url. */
const MAX_RECEIPT_CHARS = Math.ceil(
  ((MAX_MESSAGE_CHARS + MAX_REPLY_CHARS) * MAX_BYTES_PER_CHAR + RECEIPT_FRAME_BYTES) * (4 / 3),
)

/** Longest body with receipts: one of them goes along with any message. */
export const MAX_BODY_WITH_RECEIPTS_BYTES = MAX_BODY_BYTES + MAX_RECEIPT_CHARS

/**
 * Reads the message out of a parsed body `{"message": "…"}`, trimmed, its line ends made `\n` (forms send `\r\n`).
 *
 * @throws AppError `bad_request` when there is no object or the message is no text, `empty_message` when nothing is left
 *   after trimming or there is no message, `too_large` beyond `MAX_MESSAGE_CHARS`
 */
export function parseMessage(body: unknown): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('bad_request', { detail: 'the body is not an object' })
  }
  const given: unknown = 'message' in body ? body.message : ''
  if (typeof given !== 'string')
    throw new AppError('bad_request', { detail: '"message" is not a string' })
  const message = given.replace(/\r\n?/g, '\n').trim()
  if (message === '') throw new AppError('empty_message')
  if (isLongerThan(message, MAX_MESSAGE_CHARS))
    throw new AppError('too_large', { detail: '"message" is too long' })
  return message
}

/**
 * Reads the receipts out of a parsed body `{"receipts": ["…"]}` or `{"receipt": "…"}`, as many as there are; an empty list when there are
 * none.
 *
 * @throws AppError `bad_request` when they are not strings
 */
export function parseReceipts(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return []
  const given: unknown =
    'receipts' in body ? body.receipts : 'receipt' in body ? [body.receipt] : []
  if (Array.isArray(given) && given.every((token) => typeof token === 'string')) {
    return given
  }
  throw new AppError('bad_request', { detail: '"receipts" is not a list of strings' })
}

/**
 * Whether a parsed body wants its turn to take the place of the conversation's last: `"replaces": "last"`.
 *
 * @throws AppError `bad_request` for any other value
 */
export function parseReplaces(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('replaces' in body)) return false
  if (body.replaces === 'last') return true
  throw new AppError('bad_request', { detail: '"replaces" is not "last"' })
}

/** Whether a parsed body wants the reply rendered too: `"html": true`. */
export function parseWantsHtml(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'html' in body && body.html === true
}

/** Counts code points, so that an emoji is one character as a person would say. */
function isLongerThan(text: string, maxChars: number): boolean {
  return text.length > maxChars && [...text].length > maxChars
}
