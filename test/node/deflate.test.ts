import { describe, expect, it } from 'vitest'
import { zlibDeflate } from '../../src/node/deflate.ts'
import { createTokens } from '../../src/signing/tokens.ts'
import { prose } from '../support/prose.ts'

const SECRETS = ['a secret of the tests long enough to sign with']

describe('zlibDeflate', () => {
  it('makes the same tokens as the streams of the platform, and each reads those of the other', async () => {
    const [byZlib, byStreams] = [createTokens(SECRETS, zlibDeflate), createTokens(SECRETS)]
    for (const chars of [0, 1, 50, 200, 4000, 96_000]) {
      const payload = JSON.stringify(['Grüße 🌍', prose(chars, chars)])
      const token = await byZlib.seal('session', 'chat', payload)
      expect(token).toBe(await byStreams.seal('session', 'chat', payload))
      expect(await byZlib.open('session', 'chat', token)).toBe(payload)
      expect(await byStreams.open('session', 'chat', token)).toBe(payload)
    }
  })

  it('gives up what is too large, and what is not deflated', async () => {
    const bytes = await zlibDeflate.deflate(new Uint8Array(100_000))
    expect(await zlibDeflate.inflate(bytes, 100_000)).toHaveLength(100_000)
    expect(await zlibDeflate.inflate(bytes, 99_999)).toBeNull()
    expect(await zlibDeflate.inflate(Uint8Array.of(255, 255, 255), 10)).toBeNull()
    expect(await zlibDeflate.inflate(bytes.slice(0, 20), 100_000)).toBeNull()
  })
})
