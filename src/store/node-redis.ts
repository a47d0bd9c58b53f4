/**
 * Redis or Valkey as a store: for several processes or machines. A conversation is one hash, and
 * its keys are the fields. So all parts of a conversation expire together, and one command deletes
 * them. The commands are plain ones that Redis 4 knows.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  CONNECT_MS,
  createRedisConnection,
  type RedisConnectionOptions,
} from './node-redis-connection.ts'
import { ConversationFullError, MAX_CONVERSATION_CHARS, type Store } from './store.ts'

export interface RedisStore extends Store {
  /**
   * Ends the connection, and the calls that are still under way. Safe to call again. From then on
   * every other call rejects.
   */
  close(): void
}

export interface RedisStoreOptions extends RedisConnectionOptions {
  /** Of all values of one conversation. 16 Mi. */
  readonly maxConversationChars?: number
}

/**
 * The field that counts the characters of all other fields. No key has a dot, so it cannot be one.
 * A conversation that is older than this field counts from its first write since.
 */
const CHARS_FIELD = '.chars'

/**
 * Opens a store. Waits until Redis answers or is found to be away, but two seconds at most. While
 * Redis is away, every call rejects at once. The connection comes back by itself.
 *
 * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS
 * @throws Error when the URL cannot be read or the package `redis` is missing; never because Redis
 *   is away
 */
export async function openRedisStore(
  url: string,
  { maxConversationChars = MAX_CONVERSATION_CHARS, ...options }: RedisStoreOptions,
): Promise<RedisStore> {
  const redis = await import('redis').catch((error: unknown) => {
    throw new Error('Cannot use REDIS_URL: the package redis is not installed', { cause: error })
  })
  const { ask, settled, close } = createRedisConnection(redis, url, options)
  await Promise.race([settled, sleep(CONNECT_MS, undefined, { ref: false })])

  return {
    kind: 'redis',

    get: (conversation, key) =>
      ask('read from', (client) => client.hGet(nameOf(conversation), key)),

    async put(conversation, key, value, ttlSeconds) {
      const name = nameOf(conversation)
      const isKept = await ask('write to', async (client) => {
        const [ttlBefore, chars, charsBefore] = await Promise.all([
          client.ttl(name),
          client.hGet(name, CHARS_FIELD),
          client.hStrLen(name, key),
        ])
        const growth = value.length - Number(charsBefore)
        if (Number(chars ?? 0) + growth > maxConversationChars) return false
        // EXPIRE can keep the later of two ends only since Redis 7. Two writes at once ask for
        // about the same end anyway.
        const ttl = Math.max(1, Math.ceil(ttlSeconds), ttlBefore)
        // In one transaction: a hash that does not expire would stay for ever.
        await client
          .multi()
          .hSet(name, key, value)
          .hIncrBy(name, CHARS_FIELD, growth)
          .expire(name, ttl)
          .exec()
        return true
      })
      if (!isKept) throw new ConversationFullError(maxConversationChars)
    },

    deleteAll: (conversation) =>
      ask('delete from', async (client) => {
        await client.unlink(nameOf(conversation))
      }),

    check: () =>
      ask('reach', async (client) => {
        await client.ping()
      }),

    close,
  }
}

function nameOf(conversation: string): string {
  return `aplly-chat:${conversation}`
}
