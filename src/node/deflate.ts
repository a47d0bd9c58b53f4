/**
 * Deflate by Node's own zlib, at once and without streams: a stream of the platform's costs a token more
 * time than its signature, and keeps a quarter of a megabyte outside the heap until it is collected.
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
