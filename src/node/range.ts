/** The header `Range` (RFC 9110 §14.2), as far as browsers use it. */

/** The part of a file that is asked for. `end` is the first byte after it. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'outside' }

/** Several ranges, other units and nonsense are ignored, as the RFC allows. */
const SINGLE_RANGE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/

/**
 * Reads a `Range` for a file of `size` bytes: `bytes=0-9`, `bytes=10-`, `bytes=-5` (the last five).
 *
 * @returns `whole` for a header to ignore, `outside` for one to answer with 416
 */
export function parseRange(header: string, size: number): ByteRange {
  const [match, first, last, suffix] = SINGLE_RANGE.exec(header) ?? []
  if (match === undefined) return { kind: 'whole' }
  const start = suffix === undefined ? Number(first) : Math.max(size - Number(suffix), 0)
  if (last && Number(last) < start) return { kind: 'whole' }
  const end = last ? Math.min(Number(last) + 1, size) : size
  return start < end ? { kind: 'part', start, end } : { kind: 'outside' }
}
