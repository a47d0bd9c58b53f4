/**
 * Workers KV as a store: one KV key for each value, `<conversation>/<key>`. KV is eventually
 * consistent, and it remembers that a key was missing. Both are harmless here, since a key is
 * written once and nobody reads it before. Knows KV by the four methods that it uses.
 *
 * https://developers.cloudflare.com/kv/reference/how-kv-works/
 */

import { mapLimited } from '../bounds/map-limited.ts'
import { ConversationFullError, MAX_CONVERSATION_CHARS, type Store } from './store.ts'

/** The part of a KV namespace that is used here. */
export interface KvLike {
  get(name: string): Promise<string | null>
  put(
    name: string,
    value: string,
    options: { expirationTtl: number; metadata?: { chars: number } },
  ): Promise<void>
  delete(name: string): Promise<void>
  list(options: { prefix: string; cursor?: string }): Promise<KvPage>
}

/** Up to 1,000 names. More pages follow until `list_complete`, even after a page without names. */
export interface KvPage {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[]
  readonly list_complete: boolean
  readonly cursor?: string
}

/** KV answers 400 to a shorter time. */
const MIN_TTL_SECONDS = 60

/** A Worker may have six connections open at once. One is left for the rest of the request. */
const MAX_PARALLEL_DELETES = 5

/**
 * After this isolate has written so many characters of a conversation, it lists the conversation's
 * keys, to learn what other isolates have written. A list costs as much as a write, so it is rare:
 * once in some thousand turns.
 */
const CHARS_BETWEEN_LISTS = MAX_CONVERSATION_CHARS / 16
/**
 * How many characters a value counts that has no size in its metadata: older versions wrote none.
 */
const CHARS_OF_OLD_VALUES = 4096
/** Conversations whose size an isolate remembers. */
const MAX_REMEMBERED = 1000

/** Belongs to no conversation and is never written. So KV may remember that it is missing. */
const CHECK_NAME = 'check'

/**
 * Whether a binding is a KV namespace, by its methods, and not a text or a binding of another kind.
 */
export function isKv(value: unknown): value is KvLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    // `list` is not asked for: without it, `deleteAll` leaves what its caller does not know of to
    // expire.
    ['get', 'put', 'delete'].every((name) => typeof Reflect.get(value, name) === 'function') &&
    // An R2 bucket has the same methods, and `head` besides.
    !('head' in value)
  )
}

export interface KvStoreOptions {
  /**
   * Of all values of one conversation. Each isolate may add a sixteenth of it before it notices
   * what the others wrote. 16 Mi.
   */
  readonly maxConversationChars?: number
}

/** How large a conversation is, in characters, as far as this isolate knows. */
interface Size {
  /** When it was last listed. */
  readonly listed: number
  /** Written here since then. */
  readonly added: number
}

/**
 * A store in a KV namespace. A value is kept for at least 60 seconds. A deleted value can still be
 * read for about a minute where it was read before.
 */
export function createKvStore(kv: KvLike, options: KvStoreOptions = {}): Store {
  const maxChars = options.maxConversationChars ?? MAX_CONVERSATION_CHARS
  const maxAdded = Math.min(CHARS_BETWEEN_LISTS, maxChars)
  /** In the order of last use, the newest at the end. */
  const sizes = new Map<string, Size>()

  async function list(prefix: string): Promise<KvPage['keys']> {
    const keys: KvPage['keys'][number][] = []
    let cursor: string | undefined
    do {
      const page = await kv.list(cursor === undefined ? { prefix } : { prefix, cursor })
      keys.push(...page.keys)
      cursor = page.list_complete ? undefined : page.cursor
    } while (cursor !== undefined)
    return keys
  }

  /**
   * The size before so many characters are added. When the list fails, what was known stays: if KV
   * is away, the write will fail too.
   */
  async function sizeBefore(conversation: string, chars: number): Promise<Size> {
    const known = sizes.get(conversation) ?? { listed: 0, added: 0 }
    if (known.added + chars <= maxAdded) return known
    const keys = await list(nameOf(conversation, '')).catch(() => null)
    return keys ? { listed: sum(keys.map(charsOf)), added: 0 } : known
  }

  function remember(conversation: string, size: Size): void {
    sizes.delete(conversation)
    sizes.set(conversation, size)
    for (const oldest of sizes.keys()) {
      if (sizes.size <= MAX_REMEMBERED) break
      sizes.delete(oldest)
    }
  }

  return {
    kind: 'kv',

    get: (conversation, key) => kv.get(nameOf(conversation, key)),

    async put(conversation, key, value, ttlSeconds) {
      const chars = value.length
      const { listed, added } = await sizeBefore(conversation, chars)
      const isFull = listed + added + chars > maxChars
      remember(conversation, { listed, added: isFull ? added : added + chars })
      if (isFull) throw new ConversationFullError(maxChars)
      const expirationTtl = Math.max(MIN_TTL_SECONDS, Math.ceil(ttlSeconds))
      await kv.put(nameOf(conversation, key), value, { expirationTtl, metadata: { chars } })
    },

    /** Deletes as much as it can. Then it rejects with the first failure, if there was one. */
    async deleteAll(conversation, keys) {
      const known = keys.map((key) => nameOf(conversation, key))
      const failures: unknown[] = []
      const note = (error: unknown): void => void failures.push(error)
      const listed = await list(nameOf(conversation, '')).catch((error: unknown) => {
        note(error)
        return []
      })
      const names = [...new Set([...known, ...listed.map(({ name }) => name)])]
      await mapLimited(names, MAX_PARALLEL_DELETES, async (name) => {
        try {
          await kv.delete(name)
        } catch (error) {
          note(error)
        }
      })
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

function charsOf({ metadata }: KvPage['keys'][number]): number {
  const isNoted = typeof metadata === 'object' && metadata !== null && 'chars' in metadata
  const chars: unknown = isNoted ? metadata.chars : null
  return typeof chars === 'number' ? chars : CHARS_OF_OLD_VALUES
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
