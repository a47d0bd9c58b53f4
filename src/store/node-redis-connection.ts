/**
 * The connection to Redis: how it comes back, how it is found dead, and what is said about it. What
 * Redis or its client says is passed on only after two things are taken out of it: the password,
 * and the arguments of commands that Redis repeats.
 */

type Redis = typeof import('redis')
type Client = ReturnType<typeof createClient>

export interface RedisConnectionOptions {
  /**
   * Called with a line for the log when Redis begins to answer and when it stops, and not for the
   * tries in between.
   */
  readonly onState: (message: string) => void
  /**
   * A connection without an answer for so long, in milliseconds, counts as dead: a machine that has
   * vanished does not say so. 5,000.
   */
  readonly silenceMs?: number
}

export interface RedisConnection {
  /** Resolves when Redis has answered, or was found to be away. */
  readonly settled: Promise<void>
  /**
   * Calls Redis.
   *
   * @param what is done to it, for the message of an error: `read from`
   * @throws Error when Redis is away (at once), when it refuses the call, or when the connection
   *   ends meanwhile
   */
  ask<T>(what: string, call: (client: Client) => Promise<T>): Promise<T>
  /** Ends the connection, and the calls that are still under way. Safe to call again. */
  close(): void
}

/** Longest time that one try to connect waits for the other machine. */
export const CONNECT_MS = 2000
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 3000
const SILENCE_MS = 5000
/** How many calls may wait for an answer. Further calls reject. */
const MAX_PENDING = 1000

/**
 * Begins to connect, and keeps trying until it is closed.
 *
 * @throws Error when the URL cannot be read
 */
export function createRedisConnection(
  redis: Redis,
  url: string,
  { onState, silenceMs = SILENCE_MS }: RedisConnectionOptions,
): RedisConnection {
  const redact = createRedact(url)
  let settle = (): void => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  let state: 'unknown' | 'up' | 'down' = 'unknown'
  let closed = false
  let client = start()

  function enter(next: 'up' | 'down', message: string): void {
    if (state !== next) onState(message)
    state = next
    settle()
  }

  function isUp(): void {
    enter('up', 'Redis answers')
  }

  function start(): Client {
    const fresh = createClient(redis, url)
    let handshake: ReturnType<typeof setTimeout> | undefined
    const isAway = (error: unknown): void => {
      clearTimeout(handshake)
      if (!closed && fresh === client) enter('down', `Redis does not answer: ${redact(error)}`)
    }
    // Without a listener, an error event would end the process.
    fresh.on('error', isAway)
    fresh.on('connect', () => {
      handshake = setTimeout(() => restart(fresh), silenceMs).unref()
    })
    fresh.on('ready', () => {
      clearTimeout(handshake)
      // Without a password the client sends nothing at first, so it does not know yet whether Redis
      // answers.
      fresh.ping().then(isUp, isAway)
    })
    // It rejects only when the client is closed while it connects. Any other failure is an error
    // event.
    fresh.connect().catch(() => {})
    return fresh
  }

  /** Gives up a connection that answers no more, with all calls that wait for it. */
  function restart(silent: Client): void {
    if (closed || silent !== client) return
    enter('down', `Redis does not answer: silent for ${silenceMs / 1000} seconds`)
    client = start()
    silent.destroy()
  }

  return {
    settled,

    async ask(what, call) {
      const asked = client
      const timer = setTimeout(() => restart(asked), silenceMs).unref()
      try {
        const answer = await call(asked)
        isUp()
        return answer
      } catch (error) {
        throw new Error(`Cannot ${what} Redis: ${redact(error)}`)
      } finally {
        clearTimeout(timer)
      }
    },

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
      // Redis 5 and older know no other version, and nothing of the newer one is used.
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      commandsQueueMaxLength: MAX_PENDING,
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy: retryDelayMs },
    })
  } catch {
    // The client's own error would repeat the URL, password included.
    throw new Error('Cannot use REDIS_URL: it is not like redis://user:password@host:6379/0')
  }
}

/**
 * Doubles with each try, minus a random part of up to a quarter, so that several processes do not
 * come back at the same moment.
 */
function retryDelayMs(retries: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** retries, MAX_RETRY_MS) * (1 - Math.random() / 4)
}

/**
 * Takes the password out of what is said, and the arguments of commands: Redis repeats those of a
 * command that it does not know.
 *
 *     ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'password'
 */
function createRedact(url: string): (error: unknown) => string {
  const written = /:\/\/[^/?#]*?:([^/?#]*)@/.exec(url)?.[1] ?? ''
  const secrets = [written, decode(written)].filter((secret) => secret !== '')
  return (error) =>
    secrets.reduce(
      (text, secret) => text.replaceAll(secret, '[redacted]'),
      textOf(error).replace(/,? with args .*$/s, ''),
    )
}

/** When Node tried several addresses, its error has a code and no message. */
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
