/** The store on the KV namespace that `wrangler.toml` binds, as miniflare simulates it. */

import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createKvStore, isKv, type KvLike } from '../../src/store/kv.ts'
import { describeStore } from '../contract/store.contract.ts'

function namespace(): KvLike {
  const binding = env['HISTORY']
  if (!isKv(binding)) throw new TypeError('wrangler.toml binds no KV namespace as HISTORY')
  return binding
}

async function empty(kv: KvLike): Promise<KvLike> {
  for (const { name } of (await kv.list({ prefix: '' })).keys) await kv.delete(name)
  return kv
}

describeStore('KV namespace', 'its own', async () => ({
  store: createKvStore(await empty(namespace())),
}))

describe('createKvStore on a namespace', () => {
  it('passes the expiry on', async () => {
    const kv = await empty(namespace())
    const before = Math.floor(Date.now() / 1000)
    await createKvStore(kv).put('1'.repeat(32), 'a', 'value', 1000)
    const { keys } = await kv.list({ prefix: '' })
    const name = `${'1'.repeat(32)}/a`
    expect(keys).toEqual([{ name, expiration: expect.any(Number), metadata: { chars: 5 } }])
    const expiration = Number(Reflect.get(keys[0] ?? {}, 'expiration'))
    expect(expiration).toBeGreaterThanOrEqual(before + 1000)
    expect(expiration).toBeLessThanOrEqual(before + 1010)
  })

  it('is refused by KV for a life that the store would have lengthened', async () => {
    const put = namespace().put('name', 'value', { expirationTtl: 59 })
    await expect(put).rejects.toThrow('400')
  })
})

describe('isKv', () => {
  it('refuses the other bindings', () => {
    expect(isKv(env['ASSETS'])).toBe(false)
  })
})
