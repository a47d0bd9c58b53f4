/**
 * Redis, or Valkey, as a store: for several processes or machines. A conversation is one hash, whose fields are the keys, so that
 * all its parts end together and are deleted by one command. Plain commands only, known to Redis 4 and newer.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  CONNECT_MS,
  createRedisConnection,
  type RedisConnectionOptions,
} from './node-redis-connection.ts'
import type { Store } from './store.ts'

export interface RedisStore extends Store {
  /** Ends the connection, and what is still under way. Safe to call again; every other call rejects from then on. */
  close(): void
}

/**
 * Opens a store and waits until Redis answers or is found to be away, but not longer than two seconds. While Redis is away every call
 * rejects at once; the connection comes back by itself.
 *
 * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS
 * @throws Error when the URL cannot be read or the package `redis` is missing; never because Redis is away
 */
export async function openRedisStore(
  url: string,
  options: RedisConnectionOptions,
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

    put: (conversation, key, value, ttlSeconds) =>
      ask('write to', async (client) => {
        const name = nameOf(conversation)
        // EXPIRE itself takes the greater of two only since Redis 7. Two writes at once ask for about the same end anyway.
        const ttl = Math.max(1, Math.ceil(ttlSeconds), await client.ttl(name))
        // In one transaction: a hash without an end would stay for ever.
        await client.multi().hSet(name, key, value).expire(name, ttl).exec()
      }),

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
