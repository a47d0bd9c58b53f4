import { afterEach, describe, expect, it, vi } from 'vitest'
import { toBase64Url } from '../../src/signing/base64url.ts'
import { createKnownTokens } from '../../src/signing/known-tokens.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { prose } from '../support/prose.ts'
import { signToken } from '../support/sign-token.ts'

const OLD = 'an old secret of thirty-two chars!'
const NEW = 'a new secret, thirty-two chars or so'
const tokens = createTokens([NEW])
const seal = (payload: string) => tokens.seal('session', 'chat', payload)
const open = (token: string) => tokens.open('session', 'chat', token)

/** Made with another HMAC implementation: what was signed once must open in every later build and runtime. */
const GOLDEN_PLAIN = '1.AFsxXQ.OjYhyO1aRcc1VERlUrR_l6ITEbbjLXfJXqgBh_u_Ca0'
const GOLDEN_DEFLATED = '1.ASsuSMxVKKYtAQA.ZgwVbQbandS7w9OHjADUfLiatGdX-z7DGKRBCyNTj2M'

describe('createTokens', () => {
  it.each([
    ['nothing', ''],
    ['a little', '[1]'],
    ['much of the same', 'spam '.repeat(5000)],
    ['emoji and right-to-left text', '🚀 שלום é e\u0301'],
    ['control characters', 'a\u0000b\r\n\u2028'],
    ['a byte order mark', '\ufeffx'],
  ])('opens what it sealed: %s', async (_name, payload) => {
    expect(await open(await seal(payload))).toBe(payload)
  })

  it('deflates only when that is smaller', async () => {
    expect((await seal('spam '.repeat(1000))).length).toBeLessThan(200)
    expect(await seal('[1]')).toMatch(/^1\.AFsxXQ\./)
  })

  it('seals to the same bytes on every runtime, and opens them', async () => {
    expect(await open(GOLDEN_PLAIN)).toBe('[1]')
    expect(await open(GOLDEN_DEFLATED)).toBe('spam '.repeat(20))
    expect(await seal('[1]')).toBe(GOLDEN_PLAIN)
  })

  it('refuses every change of one character', async () => {
    const token = await seal('["hello"]')
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A'
      expect(await open(token.slice(0, i) + other + token.slice(i + 1)), `at ${i}`).toBeNull()
    }
  })

  it('refuses every truncation', async () => {
    const token = await seal('["hello"]')
    for (let i = 0; i < token.length; i++)
      expect(await open(token.slice(0, i)), `at ${i}`).toBeNull()
  })

  it.each(['', '.', '..', '...', '1.', '1..', '1.A.A', 'a b c', '\u0000', 'x'.repeat(1_000_000)])(
    'refuses %.20j',
    async (token) => {
      expect(await open(token)).toBeNull()
    },
  )

  it.each([
    ['an extra part', (token: string) => `${token}.x`],
    ['padding', (token: string) => `${token}=`],
    ['a line end', (token: string) => `${token}\n`],
    ['another version', (token: string) => token.replace(/^1/, '2')],
    ['standard base64', (token: string) => token.replaceAll('-', '+').replaceAll('_', '/')],
  ])('refuses %s', async (_name, change) => {
    const sealed = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const token = await seal(`["${i}", "some text"]`)
        return { token, changed: change(token) }
      }),
    )
    for (const { token, changed } of sealed.filter((pair) => pair.token !== pair.changed)) {
      expect(await open(token)).not.toBeNull()
      expect(await open(changed)).toBeNull()
    }
    expect(sealed.some((pair) => pair.token !== pair.changed)).toBe(true)
  })

  it('refuses unused bits in the last character of the signature', async () => {
    const token = await seal('[1]')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const next = alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1] ?? 'A'
    expect(await open(token.slice(0, -1) + next)).toBeNull()
  })

  it('refuses the body of one token with the signature of another', async () => {
    const [a, b] = [await seal('["a"]'), await seal('["b"]')]
    expect(await open([...a.split('.').slice(0, 2), b.split('.')[2]].join('.'))).toBeNull()
  })

  it('is good for one purpose under one name only', async () => {
    const token = await seal('[1]')
    expect(await tokens.open('receipt', 'chat', token)).toBeNull()
    expect(await tokens.open('session', 'other', token)).toBeNull()
  })

  it('signs with the first secret and verifies with all', async () => {
    const rotated = createTokens([NEW, OLD])
    const old = await createTokens([OLD]).seal('session', 'chat', '[1]')
    expect(await rotated.open('session', 'chat', old)).toBe('[1]')
    expect(await open(old)).toBeNull()
    expect(await open(await rotated.seal('session', 'chat', '[2]'))).toBe('[2]')
  })

  it('packs to the same bytes as the streams of the platform', async () => {
    for (const chars of [200, 4000, 96_000]) {
      const payload = JSON.stringify(['Grüße 🌍', prose(chars, chars)])
      const body = (await seal(payload)).split('.')[1] ?? ''
      const stream = new Blob([payload]).stream().pipeThrough(new CompressionStream('deflate-raw'))
      const packed = new Uint8Array(await new Response(stream).arrayBuffer())
      expect(body).toBe(toBase64Url(Uint8Array.of(1, ...packed)))
    }
  })

  it.each([
    ['is not deflated', Uint8Array.of(1, 255, 255, 255)],
    ['breaks off', Uint8Array.of(1, 0x2b)],
    ['is packed in no way that we know', Uint8Array.of(2, 91, 93)],
  ])('refuses what is signed and %s', async (_name, body) => {
    expect(
      await open(await signToken({ secret: NEW, purpose: 'session', name: 'chat', packed: body })),
    ).toBeNull()
  })

  it('stops a decompression bomb although the signature is right', async () => {
    expect(await open(await seal('0'.repeat(256 * 1024 - 1)))).not.toBeNull()
    expect(await open(await seal('0'.repeat(3_000_000)))).toBeNull()
  })
})

describe('what a process knows already', () => {
  afterEach(() => vi.restoreAllMocks())

  it('checks no signature of a token that it sealed or opened itself', async () => {
    const mine = createTokens([NEW])
    const foreign = await tokens.seal('session', 'chat', '["from elsewhere"]')
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const token = await mine.seal('session', 'chat', '["hello"]')
    expect(await mine.open('session', 'chat', token)).toBe('["hello"]')
    expect(verify).toHaveBeenCalledTimes(0)
    expect(await mine.open('session', 'chat', foreign)).toBe('["from elsewhere"]')
    expect(await mine.open('session', 'chat', foreign)).toBe('["from elsewhere"]')
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('keeps purpose and name apart', async () => {
    const token = await tokens.seal('session', 'chat', '["hello"]')
    expect(await tokens.open('session', 'other', token)).toBeNull()
    expect(await tokens.open('receipt', 'chat', token)).toBeNull()
  })

  it('remembers no token that was refused', async () => {
    const forged = await createTokens([OLD]).seal('session', 'chat', '["hello"]')
    expect(await open(forged)).toBeNull()
    expect(await open(forged)).toBeNull()
  })
})

describe('createKnownTokens', () => {
  it('drops what was not asked for the longest', () => {
    const known = createKnownTokens(30)
    known.remember('a', 'x'.repeat(9))
    known.remember('b', 'x'.repeat(9))
    known.remember('c', 'x'.repeat(9))
    expect(known.payloadOf('a')).toBe('x'.repeat(9))
    known.remember('d', 'x'.repeat(9))
    expect(['a', 'b', 'c', 'd'].filter((key) => known.payloadOf(key) !== undefined)).toEqual([
      'a',
      'c',
      'd',
    ])
  })

  it('never holds more than it may, nor what is long', () => {
    const known = createKnownTokens(50_000)
    known.remember('long', 'x'.repeat(20_000))
    expect(known.payloadOf('long')).toBeUndefined()
    for (let i = 0; i < 100; i++) known.remember(String(i), 'x'.repeat(10_000))
    const kept = Array.from({ length: 100 }, (_, i) => known.payloadOf(String(i)) ?? '')
    expect(kept.join('').length).toBeLessThanOrEqual(50_000)
    expect(kept[99]).toBe('x'.repeat(10_000))
  })
})
