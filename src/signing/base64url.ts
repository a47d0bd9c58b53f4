/**
 * Bytes as text that is safe in cookies, headers and addresses: base64url without padding (RFC 4648
 * §5). Pure. `hono/utils/encode` would also read text that it never writes, so a token would have
 * several forms.
 */

/** How many arguments a call may safely have on every engine. */
const ARGUMENTS = 8192

/** The bytes as text. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (let start = 0; start < bytes.length; start += ARGUMENTS) {
    binary += String.fromCharCode(...bytes.subarray(start, start + ARGUMENTS))
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes; null for any text that `toBase64Url` would not have written. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return null
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
  // Only the last group of characters can hold unused bits, which must be zero.
  const last = toBase64Url(bytes.subarray(bytes.length - (bytes.length % 3 || 3)))
  return text.endsWith(last) ? bytes : null
}
