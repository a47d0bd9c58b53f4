import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ADDRESS_PATTERN, createAddresses } from '../../src/session/address.ts'
import { createTokens } from '../../src/signing/tokens.ts'

const OLD = 'an old secret that is long enough to sign with'
const NEW = 'a new secret that is long enough to sign with'
const withSecrets = (...secrets: string[]) => createAddresses(createTokens(secrets), Date.now)
const FORM = new RegExp(`^${ADDRESS_PATTERN}$`)

describe('the id in an address', () => {
  it('is known to have been issued, and is another each time', async () => {
    const addresses = withSecrets(NEW)
    const ids = await Promise.all(Array.from({ length: 200 }, () => addresses.issue()))
    expect(new Set(ids).size).toBe(200)
    for (const id of ids) {
      expect(id).toMatch(FORM)
      expect(await addresses.isIssued(id)).toBe(true)
    }
  })

  it('is not issued when any character is another', async () => {
    const addresses = withSecrets(NEW)
    const id = await addresses.issue()
    for (let i = 0; i < id.length; i++) {
      const changed = id.slice(0, i) + (id[i] === 'A' ? 'B' : 'A') + id.slice(i + 1)
      expect(await addresses.isIssued(changed), changed).toBe(false)
    }
  })

  it('cannot be made up', async () => {
    const addresses = withSecrets(NEW)
    const made = fc.stringMatching(FORM)
    await fc.assert(
      fc.asyncProperty(made, async (id) => {
        expect(await addresses.isIssued(id)).toBe(false)
      }),
    )
    for (const odd of ['', 'short', `${await addresses.issue()}x`]) {
      expect(await addresses.isIssued(odd), odd).toBe(false)
    }
  })

  it('outlives a new secret, as long as the old one verifies', async () => {
    const id = await withSecrets(OLD).issue()
    expect(await withSecrets(NEW, OLD).isIssued(id)).toBe(true)
    expect(await withSecrets(NEW).isIssued(id)).toBe(false)
  })
})
