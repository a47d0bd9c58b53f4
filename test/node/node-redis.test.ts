import { execFile } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
} from 'vitest'
import { openRedisStore, type RedisStore } from '../../src/store/node-redis.ts'
import { describeStore } from '../contract/store.contract.ts'
import { createRedisServer, type RedisServer } from '../support/redis-server.ts'

const ONE = '1'.repeat(32)
const TWO = '2'.repeat(32)
const HOUR = 3600
/** Of a client that looks for the server up to every three seconds. */
const BACK_MS = { timeout: 8000, interval: 50 }

/** For a process of its own: Node runs TypeScript itself. */
const module = new URL('../../src/store/node-redis.ts', import.meta.url).href

function createAdmin(url: string) {
  return createClient({ url, RESP: 2, socket: { reconnectStrategy: false } })
}

let server: RedisServer
beforeAll(async () => {
  server = await createRedisServer()
  await server.start()
})
afterAll(() => server.stop())

async function ask<T>(question: (admin: ReturnType<typeof createAdmin>) => Promise<T>): Promise<T> {
  const admin = createAdmin(server.url)
  await admin.connect()
  try {
    return await question(admin)
  } finally {
    admin.destroy()
  }
}

beforeEach(async () => {
  await ask((admin) => admin.flushAll())
})

/** Stands between a store and Redis, and counts how often Redis was asked: what comes before its answer is one question. */
async function createCountingProxy(redisUrl: string) {
  let questions = 0
  const proxy = createServer((store) => {
    const redis = connect(Number(new URL(redisUrl).port), '127.0.0.1')
    let isAsked = false
    store.on('data', (bytes) => {
      if (!isAsked) questions += 1
      isAsked = true
      redis.write(bytes)
    })
    redis.on('data', (bytes) => {
      isAsked = false
      store.write(bytes)
    })
    store.on('error', () => {}).on('close', () => redis.destroy())
    redis.on('error', () => {}).on('close', () => store.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `redis://127.0.0.1:${port}`,
    questions: () => questions,
    close: () => {
      proxy.close()
    },
  }
}

describeStore('Redis', 'its own', async () => {
  const store = await openRedisStore(server.url, { onState: () => {} })
  return { store, close: store.close }
})

describe('openRedisStore', () => {
  const opened: RedisStore[] = []
  afterEach(() => {
    for (const store of opened.splice(0)) store.close()
  })

  async function open(url = server.url, silenceMs?: number) {
    const states: string[] = []
    const store = await openRedisStore(url, {
      onState: (message) => states.push(message),
      ...(silenceMs !== undefined && { silenceMs }),
    })
    opened.push(store)
    return { store, states }
  }

  const messageOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'resolved',
      (error: unknown) => String(error),
    )

  it('keeps a conversation in one hash', async () => {
    const { store } = await open()
    await store.put(ONE, 'a', 'value a', HOUR)
    await store.put(ONE, 'b', 'value b', HOUR)
    expect(await ask((admin) => admin.keys('*'))).toEqual([`aplly-chat:${ONE}`])
    expect(await ask((admin) => admin.hGetAll(`aplly-chat:${ONE}`))).toEqual({
      a: 'value a',
      b: 'value b',
      '.chars': '14',
    })
  })

  it('ends all parts of a conversation with the last of them', async () => {
    const { store } = await open()
    const ttl = () => ask((admin) => admin.ttl(`aplly-chat:${ONE}`))
    await store.put(ONE, 'a', 'value', 1000)
    expect(await ttl()).toBeGreaterThan(990)
    expect(await ttl()).toBeLessThanOrEqual(1000)
    await store.put(ONE, 'b', 'value', 10)
    expect(await ttl()).toBeGreaterThan(990)
    await store.put(ONE, 'c', 'value', 2000.5)
    expect(await ttl()).toBeGreaterThan(1990)
  })

  it('lets Redis end a value', async () => {
    const { store } = await open()
    await store.put(ONE, 'a', 'value', 0.5)
    expect(await store.get(ONE, 'a')).toBe('value')
    await vi.waitFor(async () => expect(await store.get(ONE, 'a')).toBeNull(), BACK_MS)
    expect(await ask((admin) => admin.dbSize())).toBe(0)
  })

  it('never leaves a hash without an end', async () => {
    const { store } = await open()
    await ask((admin) => admin.hSet(`aplly-chat:${ONE}`, 'foreign', 'no end'))
    await store.put(ONE, 'a', 'value', 100)
    expect(await ask((admin) => admin.ttl(`aplly-chat:${ONE}`))).toBeGreaterThan(90)
  })

  it('asks once for each read, write and deletion, since every answer may take seconds', async () => {
    const counting = await createCountingProxy(server.url)
    onTestFinished(counting.close)
    const { store } = await open(counting.url)
    const questionsOf = async (call: () => Promise<unknown>): Promise<number> => {
      const before = counting.questions()
      await call()
      return counting.questions() - before
    }
    expect(await questionsOf(() => store.put(ONE, 'a', 'value', HOUR))).toBe(1)
    expect(await questionsOf(() => store.put(ONE, 'a', 'another', HOUR))).toBe(1)
    expect(await questionsOf(() => store.get(ONE, 'a'))).toBe(1)
    expect(await questionsOf(() => store.deleteAll(ONE, ['a']))).toBe(1)
  })

  it('counts what two writes at once add', async () => {
    const { store } = await open()
    const keys = [...'abcdefgh']
    await Promise.all(keys.map((key) => store.put(ONE, key, 'value', HOUR)))
    expect(await ask((admin) => admin.hGet(`aplly-chat:${ONE}`, '.chars'))).toBe('40')
  })

  it('rejects what Redis refuses, without what was to be written', async () => {
    const { store } = await open()
    await ask((admin) => admin.set(`aplly-chat:${ONE}`, 'no hash'))
    expect(await messageOf(store.get(ONE, 'a'))).toMatch(
      /^Error: Cannot read from Redis: WRONGTYPE/,
    )
    const message = await messageOf(store.put(ONE, 'a', 'private', HOUR))
    expect(message).toMatch(/^Error: Cannot write to Redis: /)
    expect(message).not.toContain('private')
  })

  it('rejects at once when Redis is killed, and works again when it is back', async () => {
    const { store, states } = await open()
    await server.stop()
    try {
      const started = performance.now()
      expect(await messageOf(store.get(ONE, 'a'))).toMatch(/^Error: Cannot read from Redis: /)
      expect(await messageOf(store.put(ONE, 'a', 'v', 9))).toMatch(
        /^Error: Cannot write to Redis: /,
      )
      expect(await messageOf(store.deleteAll(ONE, []))).toMatch(
        /^Error: Cannot delete from Redis: /,
      )
      expect(await messageOf(store.check())).toMatch(/^Error: Cannot reach Redis: /)
      expect(performance.now() - started).toBeLessThan(500)
      // Several tries to connect fail meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(states).toEqual(['Redis answers', expect.stringMatching(/^Redis does not answer: ./)])
    } finally {
      await server.start()
    }
    await vi.waitFor(() => store.check(), BACK_MS)
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
    await vi.waitFor(() => expect(states).toHaveLength(3), BACK_MS)
    expect(states[2]).toBe('Redis answers')
  })

  it('opens while Redis is away, and works when it comes', async () => {
    const other = await createRedisServer()
    const { store, states } = await open(other.url)
    expect(states).toEqual([expect.stringMatching(/^Redis does not answer: .*ECONNREFUSED/)])
    await expect(store.check()).rejects.toThrow('Cannot reach Redis')
    await other.start()
    try {
      await vi.waitFor(() => store.check(), BACK_MS)
    } finally {
      await other.stop()
    }
  })

  it('opens within its limit where nobody answers', async () => {
    const silent = await startSilent()
    const started = performance.now()
    await open(silent.url)
    expect(performance.now() - started).toBeLessThan(2500)
    silent.close()
  })

  it('gives up a server that is silent, and says so once', async () => {
    const other = await createRedisServer()
    await other.start()
    try {
      const { store, states } = await open(other.url, 100)
      await store.put(ONE, 'a', 'value', HOUR)
      other.freeze()
      for (let i = 0; i < 4; i++) {
        await expect(store.get(ONE, 'a')).rejects.toThrow('Cannot read from Redis')
        // Long enough for another connection, which is just as silent.
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(states).toEqual(['Redis answers', 'Redis does not answer: silent for 0.1 seconds'])
      other.thaw()
      await vi.waitFor(async () => expect(await store.get(ONE, 'a')).toBe('value'), BACK_MS)
      await vi.waitFor(() => expect(states).toHaveLength(3), BACK_MS)
    } finally {
      other.thaw()
      await other.stop()
    }
  })

  it('leaves a connection on which nothing comes any more', async () => {
    const proxy = await startProxy(Number(new URL(server.url).port))
    const { store } = await open(proxy.url, 200)
    await store.put(ONE, 'a', 'value', HOUR)
    proxy.mute()
    await expect(store.get(ONE, 'a')).rejects.toThrow('Cannot read from Redis')
    await vi.waitFor(async () => expect(await store.get(ONE, 'a')).toBe('value'), BACK_MS)
    proxy.close()
  })

  it('works with a password', async () => {
    const other = await createRedisServer('--requirepass', 'p@ss/word')
    await other.start()
    try {
      const { store } = await open(other.url.replace('//', '//:p%40ss%2Fword@'))
      await store.put(ONE, 'a', 'value', HOUR)
      expect(await store.get(ONE, 'a')).toBe('value')
    } finally {
      await other.stop()
    }
  })

  it.each([
    ['refuses it', '-WRONGPASS invalid password p@ss/word or p%40ss%2Fword\r\n'],
    [
      'repeats it',
      "-ERR unknown command 'AUTH', with args beginning with: 'default' 'p@ss/word' \r\n",
    ],
  ])('does not tell the password when the server %s', async (_name, reply) => {
    const strange = await startSilent(reply)
    const { store, states } = await open(strange.url.replace('//', '//default:p%40ss%2Fword@'))
    const said = [...states, await messageOf(store.get(ONE, 'a')), await messageOf(store.check())]
    expect(said).toHaveLength(3)
    expect(said[0]).toMatch(/WRONGPASS|unknown command/)
    expect(said.join('\n')).not.toMatch(/p@ss|p%40ss/)
    strange.close()
  })

  it('does not tell a value that the server repeats', async () => {
    const strange = await startSilent(
      "-ERR unknown command 'HSET', with args beginning with: 'aplly-chat:1' 'a' 'private' \r\n",
    )
    const { store, states } = await open(strange.url)
    expect(states).toEqual(["Redis does not answer: ERR unknown command 'HSET'"])
    expect(await messageOf(store.put(ONE, 'a', 'private', HOUR))).toBe(
      "Error: Cannot write to Redis: ERR unknown command 'HSET'",
    )
    strange.close()
  })

  it('says that Redis answers as soon as a call gets through', async () => {
    let reply = '-LOADING Redis is loading the dataset in memory\r\n'
    const loading = await startTcp((socket) => {
      socket.on('data', () => socket.write(reply))
    })
    const { store, states } = await open(loading.url)
    expect(states).toEqual([expect.stringContaining('LOADING')])
    await expect(store.check()).rejects.toThrow('LOADING')
    reply = '+PONG\r\n'
    await store.check()
    expect(states[1]).toBe('Redis answers')
    loading.close()
  })

  it('says with a missing password that one is needed', async () => {
    const other = await createRedisServer('--requirepass', 'right')
    await other.start()
    try {
      const { states } = await open(other.url)
      expect(states).toEqual([expect.stringMatching(/^Redis does not answer: NOAUTH/)])
    } finally {
      await other.stop()
    }
  })

  it('says with a wrong password that it is wrong', async () => {
    const other = await createRedisServer('--requirepass', 'right')
    await other.start()
    try {
      const { states } = await open(other.url.replace('//', '//:wrong@'))
      expect(states).toEqual([expect.stringMatching(/^Redis does not answer: WRONGPASS/)])
    } finally {
      await other.stop()
    }
  })

  it.each(['no url', 'http://:p4ss@host', 'redis://:p4ss@host:port', 'redis://:p4ss@host/db'])(
    'refuses the URL %j without repeating it',
    async (url) => {
      const error = await openRedisStore(url, { onState: () => {} }).catch(
        (error: unknown) => error,
      )
      expect(error).toHaveProperty(
        'message',
        'Cannot use REDIS_URL: it is not like redis://user:password@host:6379/0',
      )
      expect(error).not.toHaveProperty('cause')
    },
  )

  it('rejects every call after it is closed, which it can be again', async () => {
    const { store, states } = await open()
    store.close()
    store.close()
    await expect(store.get(ONE, 'a')).rejects.toThrow('Cannot read from Redis')
    await expect(store.check()).rejects.toThrow('Cannot reach Redis')
    expect(states).toEqual(['Redis answers'])
  })

  it.each(['up', 'down'])('lets the process end when it is closed, with Redis %s', async (what) => {
    const url = what === 'up' ? server.url : (await createRedisServer()).url
    const script = `
      import { openRedisStore } from '${module}'
      const store = await openRedisStore('${url}', { onState: console.log })
      await store.put('${TWO}', 'a', 'value', 60).catch(() => {})
      store.close()
    `
    const options = ['--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 6000 })
    expect(stdout).toMatch(what === 'up' ? /^Redis answers\n$/ : /^Redis does not answer: .*\n$/)
  })
})

/** A server that answers nothing, or the same to everything. */
async function startSilent(reply = '') {
  return startTcp((socket) => {
    socket.on('data', () => socket.write(reply))
  })
}

/** A proxy whose open connections can fall silent, as when a machine between has forgotten them. */
async function startProxy(port: number) {
  const pairs: (readonly [Socket, Socket])[] = []
  const proxy = await startTcp((socket) => {
    const behind = connect(port, '127.0.0.1')
    behind.on('error', () => {})
    socket.pipe(behind).pipe(socket)
    pairs.push([socket, behind])
  })
  return {
    ...proxy,
    mute() {
      for (const [socket, behind] of pairs.splice(0)) {
        socket.unpipe(behind)
        behind.destroy()
        behind.unpipe(socket)
      }
    },
  }
}

async function startTcp(serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const address = tcp.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    url: `redis://127.0.0.1:${address.port}`,
    close() {
      tcp.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
