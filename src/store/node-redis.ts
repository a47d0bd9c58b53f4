/**
 * Redis or Valkey as a store: for several processes or machines. A conversation is one hash, and
 * its keys are the fields. So all parts of a conversation expire together, and one command deletes
 * them. Nothing is used that Redis 4 does not know.
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
 * A write in one question: a Redis that takes seconds for each answer must not take them twice. It
 * is whole, too: a hash without an end would stay for ever, and two writes at once would count
 * wrong.
 *
 * The field `.chars` holds how many characters the others hold: no key has a dot. Conversations
 * that are older than it count from its beginning. EXPIRE itself takes the greater of two only
 * since Redis 7. Before Redis 5 a script that asks for a time must say that its writes are to be
 * replicated, not itself.
 *
 * It returns 1, or 0 when the conversation would grow too large.
 */
const PUT = `
if redis.replicate_commands then redis.replicate_commands() end
local name, key, value = KEYS[1], ARGV[1], ARGV[2]
local ttl, max_chars = tonumber(ARGV[3]), tonumber(ARGV[4])
local chars = tonumber(redis.call('HGET', name, '.chars') or 0)
local growth = #value - redis.call('HSTRLEN', name, key)
if chars + growth > max_chars then return 0 end
local ttl_before = redis.call('TTL', name)
redis.call('HSET', name, key, value)
redis.call('HINCRBY', name, '.chars', growth)
redis.call('EXPIRE', name, math.max(ttl, ttl_before))
return 1
`

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
      const ttl = Math.max(1, Math.ceil(ttlSeconds))
      const isKept = await ask('write to', (client) =>
        client.eval(PUT, {
          keys: [nameOf(conversation)],
          arguments: [key, value, String(ttl), String(maxConversationChars)],
        }),
      )
      if (isKept !== 1) throw new ConversationFullError(maxConversationChars)
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
