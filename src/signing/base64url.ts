/**
 * Bytes as text that is safe in cookies, headers and addresses: base64url without padding (RFC 4648
 * §5). Pure. By Node's `Buffer`, which Workers have too: it is ten times as fast as `atob`.
 */

import { Buffer } from 'node:buffer'

/** The bytes as text. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}

/**
 * The bytes; null for any text that `toBase64Url` would not have written: `Buffer` reads more, and
 * a token must not have several forms.
 */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'))
  // Only the last group of characters can hold unused bits, which must be zero.
  const last = toBase64Url(bytes.subarray(bytes.length - (bytes.length % 3 || 3)))
  return text.endsWith(last) ? bytes : null
}
