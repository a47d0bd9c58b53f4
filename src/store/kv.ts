/**
 * Workers KV as a store: one KV key for each value, `<conversation>/<key>`. KV is eventually consistent and remembers misses, which
 * write-once keys make harmless as long as nobody reads a key before it is written. Knows KV by the four methods it uses.
 *
 * https://developers.cloudflare.com/kv/reference/how-kv-works/
 */

import type { Store } from './store.ts'

/** The part of a KV namespace that is used here. */
export interface KvLike {
  get(name: string): Promise<string | null>
  put(name: string, value: string, options: { expirationTtl: number }): Promise<void>
  delete(name: string): Promise<void>
  list(options: { prefix: string; cursor?: string }): Promise<KvPage>
}

/** Up to 1,000 names. There are more pages until `list_complete`, even after a page without names. */
export interface KvPage {
  readonly keys: readonly { readonly name: string }[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** KV answers 400 to a shorter life. */
const MIN_TTL_SECONDS = 60

/** A Worker has six connections at once; one is left to the rest of the request. */
const MAX_PARALLEL_DELETES = 5

/** Belongs to no conversation and is never written, so that to remember its absence does no harm. */
const CHECK_NAME = 'check'

/** Whether a binding looks like a KV namespace, and not like a text or another kind of binding. */
export function isKv(value: unknown): value is KvLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    // All that a conversation needs to live on; without a list, what the caller does not know of is left to its expiry.
    ['get', 'put', 'delete'].every((name) => typeof Reflect.get(value, name) === 'function') &&
    // An R2 bucket has the same methods, and this one besides.
    !('head' in value)
  )
}

/** A store in a KV namespace. A value lives at least 60 seconds. A deleted value can be read for about a minute more, where it was read before. */
export function createKvStore(kv: KvLike): Store {
  async function listNames(prefix: string): Promise<string[]> {
    const names: string[] = []
    let cursor: string | undefined
    do {
      const page = await kv.list(cursor === undefined ? { prefix } : { prefix, cursor })
      names.push(...page.keys.map(({ name }) => name))
      cursor = page.list_complete ? undefined : page.cursor
    } while (cursor !== undefined)
    return names
  }

  return {
    kind: 'kv',

    get: (conversation, key) => kv.get(nameOf(conversation, key)),

    put(conversation, key, value, ttlSeconds) {
      const expirationTtl = Math.max(MIN_TTL_SECONDS, Math.ceil(ttlSeconds))
      return kv.put(nameOf(conversation, key), value, { expirationTtl })
    },

    /** Deletes as much as it can before it rejects, for the first of the reasons. */
    async deleteAll(conversation, keys) {
      const known = keys.map((key) => nameOf(conversation, key))
      const failures: unknown[] = []
      const listed = await listNames(nameOf(conversation, '')).catch((error: unknown) => {
        failures.push(error)
        return []
      })
      const names = [...new Set([...known, ...listed])].values()
      const lane = async (): Promise<void> => {
        // The lanes share one iterator: each takes the next name when it is done with its last.
        for (const name of names) {
          try {
            await kv.delete(name)
          } catch (error) {
            failures.push(error)
          }
        }
      }
      await Promise.all(Array.from({ length: MAX_PARALLEL_DELETES }, lane))
      if (failures.length > 0) throw failures[0]
    },

    async check() {
      await kv.get(CHECK_NAME)
    },
  }
}

function nameOf(conversation: string, key: string): string {
  return `${conversation}/${key}`
}
