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

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { fromBase64Url, toBase64Url } from './base64url.ts'
import { createKnownTokens } from './known-tokens.ts'

export interface Tokens {
  /**
   * Signs a payload with the first secret. Purpose and name must hold no line breaks.
   *
   * @param plainChars a token of at most so many characters is not packed, which is quicker; none
   *   unless given
   */
  seal(purpose: string, name: string, payload: string, plainChars?: number): Promise<string>
  /**
   * The payload, if one of the secrets signed it for this purpose and name; null for everything
   * else.
   */
  open(purpose: string, name: string, token: string): Promise<string | null>
  /**
   * The signatures of a short text, one by each secret, the first secret's first: for what carries
   * a part of its signature and not a payload.
   */
  marks(purpose: string, text: string): Promise<readonly string[]>
}

const VERSION = '1'
/** 32 bytes in base64url. */
const MAC_CHARS = 43
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
/** Some hundred visitors' cookies. A Worker may use 128 MB. */
const MAX_KNOWN_CHARS = 4 * 1024 * 1024
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
export function createTokens(secrets: readonly string[]): Tokens {
  const keys = new Map<string, Key>()
  const known = createKnownTokens(MAX_KNOWN_CHARS)

  // The key is kept, not its promise: on Workers a promise belongs to the request that made it.
  async function keyOf(secret: string): Promise<Key> {
    const imported = keys.get(secret)
    if (imported) return imported
    const key = await crypto.subtle.importKey('raw', encoder.encode(secret), ALGORITHM, false, [
      'sign',
      'verify',
    ])
    keys.set(secret, key)
    return key
  }

  async function sign(secret: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const signature = await crypto.subtle.sign('HMAC', await keyOf(secret), bytes)
    return toBase64Url(new Uint8Array(signature))
  }

  return {
    async seal(purpose, name, payload, plainChars = 0) {
      const [first] = secrets
      if (first === undefined) throw new TypeError('Cannot sign a token: there is no secret')
      const body = toBase64Url(pack(payload, plainChars))
      const token = `${VERSION}.${body}.${await sign(first, signedBytes(purpose, name, body))}`
      known.remember(knownAs(purpose, name, token), payload)
      return token
    },

    async open(purpose, name, token) {
      if (token.length > MAX_TOKEN_CHARS) return null
      // A token that differs in one character is another key, so nothing can be guessed from how
      // long this takes.
      const payload = known.payloadOf(knownAs(purpose, name, token))
      if (payload !== undefined) return payload
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
        if (!valid) continue
        const payload = unpack(packed)
        if (payload !== null) known.remember(knownAs(purpose, name, token), payload)
        return payload
      }
      return null
    },

    marks: (purpose, text) =>
      Promise.all(secrets.map((secret) => sign(secret, signedBytes(purpose, '', text)))),
  }
}

function knownAs(purpose: string, name: string, token: string): string {
  return `${purpose}\n${name}\n${token}`
}

function signedBytes(purpose: string, name: string, body: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${purpose}\n${name}\n${VERSION}\n${body}`)
}

/**
 * Deflates what is too long to stay plain, when that is smaller, which it is from about a hundred
 * characters on. In one call: the platform's streams give the same bytes, and take longer than the
 * signature.
 */
function pack(payload: string, plainChars: number): Uint8Array<ArrayBuffer> {
  const plain = encoder.encode(payload)
  if (tokenChars(plain.length + 1) <= plainChars) return body(PLAIN, plain)
  const deflated = deflateRawSync(plain)
  return deflated.length < plain.length ? body(DEFLATED, deflated) : body(PLAIN, plain)
}

/** How many characters the token of a body of so many bytes has. */
function tokenChars(bodyBytes: number): number {
  return VERSION.length + 2 + Math.ceil((bodyBytes * 4) / 3) + MAC_CHARS
}

function body(how: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(bytes.length + 1)
  packed[0] = how
  packed.set(bytes, 1)
  return packed
}

function unpack(packed: Uint8Array): string | null {
  const bytes = packed.subarray(1)
  if (packed[0] === PLAIN) return decode(bytes)
  const inflated = packed[0] === DEFLATED ? inflate(bytes) : null
  return inflated && decode(inflated)
}

/** What `inflateRawSync` gives with `info`, which its types do not know. */
interface Inflated {
  readonly buffer: Uint8Array
  /** Its `bytesWritten` are those that were read: fewer where something follows after the end. */
  readonly engine: { readonly bytesWritten: number }
}

/** Null for what is not deflated, or not to its end, or would be larger than a payload may be. */
function inflate(bytes: Uint8Array): Uint8Array | null {
  try {
    const options = { info: true, maxOutputLength: MAX_PAYLOAD_BYTES }
    const { buffer, engine } = inflateRawSync(bytes, options) as unknown as Inflated
    return engine.bytesWritten === bytes.length ? buffer : null
  } catch {
    return null
  }
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
