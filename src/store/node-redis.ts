/**
 * Redis, or Valkey, as a store: for several processes or machines. A conversation is one hash, whose fields are the keys, so that
 * all its parts end together and are deleted by one command. Plain commands only, known to Redis 4 and newer.
 * No part of what Redis or its client says is passed on before the password and the values are taken out of it.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from './store.ts'

export interface RedisStoreOptions {
  /** Called with a line for the log when Redis begins to answer and when it ceases to, not at every try in between. */
  readonly onState: (message: string) => void
}

export interface RedisStore extends Store {
  /** Ends the connection, and what is still under way. Safe to call again; every other call rejects from then on. */
  close(): void
}

type Redis = typeof import('redis')
type Client = ReturnType<typeof createClient>

/** Longest time that opening waits for Redis. */
const CONNECT_MS = 2000
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 3000

/** After so long without an answer the connection is taken for dead: a machine that vanished does not say so. */
const SILENCE_MS = 5000
/** Calls without an answer that may pile up; any more reject. */
const MAX_PENDING = 1000

/**
 * Opens a store and waits until Redis answers or is found to be away, but not longer than two seconds. While Redis is away every call
 * rejects at once; the connection comes back by itself.
 *
 * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS
 * @throws Error when the URL cannot be read or the package `redis` is missing; never because Redis is away
 */
export async function openRedisStore(
  url: string,
  { onState }: RedisStoreOptions,
): Promise<RedisStore> {
  const redis = await import('redis').catch((error: unknown) => {
    throw new Error('Cannot use REDIS_URL: the package redis is not installed', { cause: error })
  })
  const redact = createRedact(url)
  let settle = (): void => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  let state: 'unknown' | 'up' | 'down' = 'unknown'
  let closed = false
  let client = start()
  await Promise.race([settled, sleep(CONNECT_MS, undefined, { ref: false })])

  function enter(next: 'up' | 'down', message: string): void {
    if (state !== next) onState(message)
    state = next
    settle()
  }

  function start(): Client {
    const fresh = createClient(redis, url)
    let handshake: ReturnType<typeof setTimeout> | undefined
    fresh.on('connect', () => {
      handshake = setTimeout(() => restart(fresh), SILENCE_MS).unref()
    })
    fresh.on('ready', () => {
      clearTimeout(handshake)
      // Without a password the client asks nothing, and so does not know yet that anybody answers.
      fresh.ping().then(
        () => enter('up', 'Redis answers'),
        () => {},
      )
    })
    // Without a listener an error event would end the process.
    fresh.on('error', (error: unknown) => {
      clearTimeout(handshake)
      if (fresh === client) enter('down', `Redis does not answer: ${redact(error)}`)
    })
    // It rejects only when the client is closed while it connects; everything else is an error event.
    fresh.connect().catch(() => {})
    return fresh
  }

  /** Gives up a connection on which nothing comes any more, with all calls that wait for it. */
  function restart(silent: Client): void {
    if (closed || silent !== client) return
    enter('down', `Redis does not answer: silent for ${SILENCE_MS / 1000} seconds`)
    client = start()
    silent.destroy()
  }

  async function ask<T>(what: string, call: (client: Client) => Promise<T>): Promise<T> {
    const asked = client
    const timer = setTimeout(() => restart(asked), SILENCE_MS).unref()
    try {
      return await call(asked)
    } catch (error) {
      throw new Error(`Cannot ${what} Redis: ${redact(error)}`)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    get: (conversation, key) => ask('read from', (asked) => asked.hGet(nameOf(conversation), key)),

    put: (conversation, key, value, ttlSeconds) =>
      ask('write to', async (asked) => {
        const name = nameOf(conversation)
        // EXPIRE has an option for the greater of two only since Redis 7; all parts of a conversation end at about the same time.
        const ttl = Math.max(1, Math.ceil(ttlSeconds), await asked.ttl(name))
        await asked.multi().hSet(name, key, value).expire(name, ttl).exec()
      }),

    deleteAll: (conversation) =>
      ask('delete from', async (asked) => {
        await asked.unlink(nameOf(conversation))
      }),

    check: () =>
      ask('reach', async (asked) => {
        await asked.ping()
      }),

    close() {
      closed = true
      client.destroy()
    },
  }
}

function createClient(redis: Redis, url: string) {
  try {
    return redis.createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      commandsQueueMaxLength: MAX_PENDING,
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy: retryDelayMs },
    })
  } catch {
    // Its own error holds the URL.
    throw new Error('Cannot use REDIS_URL: it is not like redis://user:password@host:6379/0')
  }
}

/** Doubles, less up to a quarter by chance, so that several processes do not come back at the same moment. */
function retryDelayMs(retries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** retries, MAX_RETRY_MS) * (1 - Math.random() / 4)
}

/** Says what an error is about, without the URL's password and without what Redis repeats of a command that it refused. */
function createRedact(url: string): (error: unknown) => string {
  const written = /:\/\/[^/?#]*?:([^/?#]*)@/.exec(url)?.[1] ?? ''
  const secrets = [written, decode(written)].filter((secret) => secret !== '')
  return (error) =>
    secrets.reduce(
      (text, secret) => text.replaceAll(secret, '[redacted]'),
      textOf(error).replace(/,? with args .*$/s, ''),
    )
}

/** Node gives no message, but a code, when it tried several addresses. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function nameOf(conversation: string): string {
  return `aplly-chat:${conversation}`
}
