/**
 * Deflate by Node's own zlib, in one call. A stream of the platform takes more time than the
 * signature of a token, and keeps a quarter of a megabyte outside the heap until it is collected.
 */

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Deflate } from '../signing/tokens.ts'

/** The same bytes as `CompressionStream('deflate-raw')` makes. */
export const zlibDeflate: Deflate = {
  deflate: async (bytes) => new Uint8Array(deflateRawSync(bytes)),
  async inflate(bytes, maxBytes) {
    try {
      return new Uint8Array(inflateRawSync(bytes, { maxOutputLength: maxBytes }))
    } catch {
      // Not deflated, or larger than allowed: either way there is no payload.
      return null
    }
  },
}
