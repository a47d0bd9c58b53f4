/**
 * Signed tokens on Web Crypto: text that the outside may carry but not change. One codec for every
 * purpose.
 *
 *     1.<body, base64url>.<HMAC-SHA-256, base64url>
 *     body = one byte that says how it is packed (0 plain, 1 deflate-raw) and the UTF-8 payload
 *     the signature covers purpose, name, version and body
 *
 * So a token is good for one purpose under one name only. Signed, not encrypted: whoever holds a
 * token can read it. Whether it is still valid is for the payload to say.
 */

import { readBytes } from '../bounds/read-bytes.ts'
import { fromBase64Url, toBase64Url } from './base64url.ts'

export interface Tokens {
  /** Signs a payload with the first secret. Purpose and name must hold no line breaks. */
  seal(purpose: string, name: string, payload: string): Promise<string>
  /**
   * The payload, if one of the secrets signed it for this purpose and name; null for everything
   * else.
   */
  open(purpose: string, name: string, token: string): Promise<string | null>
}

/**
 * How payloads are packed: deflate-raw (RFC 1951). A runtime may have a quicker way than the
 * platform's streams.
 */
export interface Deflate {
  deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /** Null for what is not deflated, and for what would be larger than `maxBytes`. */
  inflate(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null>
}

const VERSION = '1'
const PLAIN = 0
const DEFLATED = 1
/** A longer token is refused unread. */
const MAX_TOKEN_CHARS = 2 * 1024 * 1024
/**
 * Longest payload after unpacking. A valid signature does not make a decompression bomb harmless.
 * The longest message and reply together are 576,000 bytes if every character is escaped, and a
 * segment may hold a few more turns.
 */
const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' } as const

/**
 * The platform's key type, taken from the function that makes one. `CryptoKey` is a global type
 * only where the DOM's types are loaded.
 */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

const encoder = new TextEncoder()

/**
 * Creates the codec.
 *
 * @param secrets the first signs, all verify; at least one
 */
export function createTokens(
  secrets: readonly string[],
  { deflate, inflate }: Deflate = streamDeflate,
): Tokens {
  const keys = new Map<string, Key>()

  // The key is kept, not its promise: on Workers a promise belongs to the request that made it.
  async function keyOf(secret: string): Promise<Key> {
    const known = keys.get(secret)
    if (known) return known
    const key = await crypto.subtle.importKey('raw', encoder.encode(secret), ALGORITHM, false, [
      'sign',
      'verify',
    ])
    keys.set(secret, key)
    return key
  }

  /** Deflates when that is smaller, which it is from about a hundred characters on. */
  async function pack(payload: string): Promise<Uint8Array<ArrayBuffer>> {
    const plain = encoder.encode(payload)
    const deflated = await deflate(plain)
    const [how, bytes] = deflated.length < plain.length ? [DEFLATED, deflated] : [PLAIN, plain]
    const packed = new Uint8Array(bytes.length + 1)
    packed[0] = how
    packed.set(bytes, 1)
    return packed
  }

  async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<string | null> {
    const bytes = packed.subarray(1)
    if (packed[0] === PLAIN) return decode(bytes)
    if (packed[0] !== DEFLATED) return null
    const inflated = await inflate(bytes, MAX_PAYLOAD_BYTES)
    return inflated && decode(inflated)
  }

  return {
    async seal(purpose, name, payload) {
      const [first] = secrets
      if (first === undefined) throw new TypeError('Cannot sign a token: there is no secret')
      const body = toBase64Url(await pack(payload))
      const signature = await crypto.subtle.sign(
        'HMAC',
        await keyOf(first),
        signedBytes(purpose, name, body),
      )
      return `${VERSION}.${body}.${toBase64Url(new Uint8Array(signature))}`
    },

    async open(purpose, name, token) {
      if (token.length > MAX_TOKEN_CHARS) return null
      const [version, body = '', mac = '', ...rest] = token.split('.')
      const signature = fromBase64Url(mac)
      const packed = fromBase64Url(body)
      if (version !== VERSION || rest.length > 0 || !signature || !packed) return null
      for (const secret of secrets) {
        const key = await keyOf(secret)
        const valid = await crypto.subtle.verify(
          'HMAC',
          key,
          signature,
          signedBytes(purpose, name, body),
        )
        if (valid) return unpack(packed)
      }
      return null
    },
  }
}

function signedBytes(purpose: string, name: string, body: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${purpose}\n${name}\n${VERSION}\n${body}`)
}

const streamDeflate: Deflate = {
  async deflate(bytes) {
    const stream = pipe(bytes, new CompressionStream('deflate-raw'))
    return (await readBytes(stream, Number.POSITIVE_INFINITY)) ?? new Uint8Array()
  },
  async inflate(bytes, maxBytes) {
    try {
      return await readBytes(pipe(bytes, new DecompressionStream('deflate-raw')), maxBytes)
    } catch {
      // Not deflated.
      return null
    }
  },
}

/**
 * Null for what is not UTF-8. We signed it, so another build wrote it in a form that this one
 * cannot read.
 */
function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes]).stream().pipeThrough(through)
}
