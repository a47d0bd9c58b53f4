/**
 * Makes session tokens with code of its own, as whoever knows the secret could: so a test can sign what the app never would, and
 * notices when the app's tokens change their form.
 */

export interface TokenParts {
  readonly secret: string
  readonly purpose: string
  readonly name: string
  /** What the body holds, a byte that says how it is packed and the packed payload; or the body's text, whatever it is. */
  readonly packed: Uint8Array<ArrayBuffer> | string
  readonly version?: string
}

export async function signToken(parts: TokenParts): Promise<string> {
  const { secret, purpose, name, packed, version = '1' } = parts
  const body = typeof packed === 'string' ? packed : base64Url(packed)
  const bytes = (text: string) => new TextEncoder().encode(text)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes(secret), algorithm, false, ['sign'])
  const signed = bytes([purpose, name, version, body].join('\n'))
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, signed))
  return [version, body, base64Url(mac)].join('.')
}

/** A body that is not deflated. */
export function plain(payload: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return concat([Uint8Array.of(0), bytes])
}

/** A deflated body, with bytes that follow after its end. */
export async function deflated(
  payload: string,
  trailing: readonly number[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([payload]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  return concat([Uint8Array.of(1), bytes, Uint8Array.from(trailing)])
}

function base64Url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}
