import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteStore, type SqliteStore } from '../../src/store/node-sqlite.ts'
import { describeStore } from '../contract/store.contract.ts'

const ONE = '1'.repeat(32)
const TWO = '2'.repeat(32)
const HOUR = 3600

/** For a process of its own: Node runs TypeScript itself. */
const module = new URL('../../src/store/node-sqlite.ts', import.meta.url).href

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describeStore('SQLite', 'given', async () => {
  let time = Date.now()
  const store = await openSqliteStore(join(folder, 'a.sqlite'), { now: () => time })
  return {
    store,
    advance: (seconds) => {
      time += seconds * 1000
    },
    close: store.close,
  }
})

describe('openSqliteStore', () => {
  const opened: SqliteStore[] = []
  afterEach(() => {
    for (const store of opened.splice(0)) store.close()
  })

  async function open(path = join(folder, 'a.sqlite'), options: { maxBytes?: number } = {}) {
    const store = await openSqliteStore(path, { now: Date.now, ...options })
    opened.push(store)
    return store
  }

  /** Runs a script in a Node of its own that has `openSqliteStore` and the path of the file. */
  function runScript(script: string, options: readonly string[] = []) {
    const path = JSON.stringify(join(folder, 'a.sqlite'))
    const head = `import { openSqliteStore } from '${module}'; const path = ${path};`
    return promisify(execFile)(
      process.execPath,
      [...options, '--input-type=module', '--eval', head + script],
      { timeout: 10_000 },
    )
  }

  it('says in a check that its file was deleted or replaced', async () => {
    const store = await open()
    await store.check()
    rmSync(join(folder, 'a.sqlite'))
    await expect(store.check()).rejects.toThrow('was deleted or replaced')
    writeFileSync(join(folder, 'a.sqlite'), '')
    await expect(store.check()).rejects.toThrow('was deleted or replaced')
  })

  it.each(['022', '000', '077', '277'])(
    'makes folder and files for their owner only, under umask %s',
    async (umask) => {
      await runScript(`
        process.umask(0o${umask})
        const store = await openSqliteStore(path.replace('a.sqlite', 'new/b.sqlite'), { now: Date.now })
        await store.put('1', 'a', 'value', 60)
        process.kill(process.pid, 'SIGKILL')
      `).catch(() => {})
      const modeOf = (name: string) => statSync(join(folder, 'new', name)).mode & 0o777
      expect(modeOf('.')).toBe(0o700)
      expect(readdirSync(join(folder, 'new')).sort()).toEqual([
        'b.sqlite',
        'b.sqlite-shm',
        'b.sqlite-wal',
      ])
      for (const name of readdirSync(join(folder, 'new'))) expect(modeOf(name)).toBe(0o600)
    },
  )

  it('leaves the mode of a folder alone that was there before', async () => {
    mkdirSync(join(folder, 'old'), { mode: 0o750 })
    await open(join(folder, 'old', 'a.sqlite'))
    expect(statSync(join(folder, 'old')).mode & 0o777).toBe(0o750)
  })

  it('keeps values when it is closed, in one file', async () => {
    const first = await open()
    await first.put(ONE, 'a', 'value', HOUR)
    first.close()
    expect(readdirSync(folder)).toEqual(['a.sqlite'])
    expect(await (await open()).get(ONE, 'a')).toBe('value')
  })

  it('rejects every call after it is closed, which it can be again', async () => {
    const store = await open()
    store.close()
    store.close()
    await expect(store.get(ONE, 'a')).rejects.toThrow(/not open|finalized/)
    await expect(store.put(ONE, 'a', 'value', HOUR)).rejects.toThrow(/not open|finalized/)
    await expect(store.deleteAll(ONE, [])).rejects.toThrow(/not open|finalized/)
    await expect(store.check()).rejects.toThrow(/not open|finalized/)
  })

  it('takes a value that is written again, as a second try does', async () => {
    const store = await open()
    await store.put(ONE, 'a', 'value', HOUR)
    await store.put(ONE, 'a', 'value', HOUR)
    expect(await store.get(ONE, 'a')).toBe('value')
  })

  it('gives no name of a file a special meaning', async () => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      await open(':memory:')
      await open('file:b?mode=memory')
    } finally {
      process.chdir(before)
    }
    expect(existsSync(join(folder, ':memory:'))).toBe(true)
    expect(existsSync(join(folder, 'file:b?mode=memory'))).toBe(true)
  })

  it('shares its file with another store', async () => {
    const [first, second] = [await open(), await open()]
    for (let i = 0; i < 20; i++) {
      await first.put(ONE, `first-${i}`, `value ${i}`, HOUR)
      await second.put(ONE, `second-${i}`, `value ${i}`, HOUR)
    }
    expect(await first.get(ONE, 'second-19')).toBe('value 19')
    expect(await second.get(ONE, 'first-19')).toBe('value 19')
    await first.deleteAll(ONE, [])
    expect(await second.get(ONE, 'second-0')).toBeNull()
  })

  it('shares its file with other processes, which all make it at the same moment', async () => {
    const names = ['a', 'b', 'c', 'd']
    await Promise.all(
      names.map((name) =>
        runScript(`
          const store = await openSqliteStore(path, { now: Date.now })
          for (let i = 0; i < 50; i++) await store.put('${ONE}', '${name}' + i, 'value', 60)
        `),
      ),
    )
    const store = await open()
    for (const name of names)
      for (let i = 0; i < 50; i++) expect(await store.get(ONE, name + i)).toBe('value')
  })

  it('rejects a write soon while another process holds the lock, and works again after', async () => {
    const store = await open()
    await store.put(ONE, 'a', 'value', HOUR)
    const other = new DatabaseSync(join(folder, 'a.sqlite'))
    other.exec('BEGIN EXCLUSIVE')
    const started = performance.now()
    await expect(store.put(ONE, 'b', 'value', HOUR)).rejects.toThrow('database is locked')
    expect(performance.now() - started).toBeLessThan(700)
    expect(await store.get(ONE, 'a')).toBe('value')
    other.exec('ROLLBACK')
    other.close()
    await store.put(ONE, 'b', 'value', HOUR)
    expect(await store.get(ONE, 'b')).toBe('value')
  })

  it.each([
    ['is a folder', () => folder, /unable to open database file$/],
    ['lies below a file', () => join(folder, 'file', 'a.sqlite'), /EEXIST|ENOTDIR/],
    ['lies deep below a file', () => join(folder, 'file', 'b', 'a.sqlite'), /ENOTDIR/],
    ['holds something else', () => join(folder, 'file'), /file is not a database$/],
  ])('says so when its path %s', async (_name, pathOf, reason) => {
    writeFileSync(join(folder, 'file'), 'garbage '.repeat(1000))
    const failed = open(pathOf())
    await expect(failed).rejects.toThrow(`Cannot open DATABASE_PATH "${pathOf()}": `)
    await expect(failed).rejects.toThrow(reason)
  })

  it('rejects a call that meets damage in the file', async () => {
    const store = await open()
    for (let i = 0; i < 50; i++) await store.put(ONE, `key-${i}`, 'value '.repeat(500), HOUR)
    store.close()
    const path = join(folder, 'a.sqlite')
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 4096 * 3))
    const damaged = await open()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => damaged.get(ONE, `key-${i}`)),
    )
    expect(outcomes.map(({ status }) => status)).toContain('rejected')
  })

  it('rejects a write when it is full, keeps the rest, and goes on when there is room', async () => {
    const store = await open(join(folder, 'a.sqlite'), { maxBytes: 100_000 })
    await store.put(ONE, 'a', 'value', HOUR)
    await store.put(TWO, 'a', 'x'.repeat(60_000), HOUR)
    await expect(store.put(ONE, 'b', 'x'.repeat(60_000), HOUR)).rejects.toThrow('full')
    expect(await store.get(ONE, 'a')).toBe('value')
    await store.deleteAll(TWO, [])
    await store.put(ONE, 'b', 'x'.repeat(60_000), HOUR)
    expect(await store.get(ONE, 'b')).toBe('x'.repeat(60_000))
  })

  it('overwrites what it deletes', async () => {
    const held = () => {
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
      return ['EARLIER', 'LATELY'].filter((word) => files.join().includes(word))
    }
    const before = await open()
    for (let i = 0; i < 20; i++) await before.put(ONE, `a-${i}`, 'EARLIER '.repeat(500), HOUR)
    before.close()
    const store = await open()
    for (let i = 0; i < 20; i++) await store.put(ONE, `b-${i}`, 'LATELY '.repeat(500), HOUR)
    expect(held()).toEqual(['EARLIER', 'LATELY'])
    await store.deleteAll(ONE, [])
    expect(held()).toEqual([])
  })

  it('overwrites later what it deletes while another process reads', async () => {
    let time = Date.now()
    const store = await openSqliteStore(join(folder, 'a.sqlite'), { now: () => time })
    opened.push(store)
    await store.put(ONE, 'a', 'SECRET', HOUR)
    const other = new DatabaseSync(join(folder, 'a.sqlite'))
    other.exec('BEGIN')
    other.prepare('SELECT count(*) FROM parts').get()
    await store.deleteAll(ONE, [])
    other.exec('ROLLBACK')
    other.close()
    const wal = () => readFileSync(join(folder, 'a.sqlite-wal'), 'latin1')
    expect(wal()).toContain('SECRET')
    time += 600_000
    await store.check()
    expect(wal()).toBe('')
  })

  it('does not keep a process alive, nor lose what it wrote when that ends', async () => {
    await runScript(`
      const store = await openSqliteStore(path, { now: Date.now })
      await store.put('${ONE}', 'a', 'value', 60)
    `)
    expect(await (await open()).get(ONE, 'a')).toBe('value')
  })

  it('names the choices on a Node without node:sqlite', async () => {
    const { stdout } = await runScript(
      'openSqliteStore(path, { now: Date.now }).catch((error) => console.log(String(error)))',
      ['--no-experimental-sqlite'],
    )
    expect(stdout).toBe(
      'NoSqliteError: Cannot keep long conversations: this Node has no node:sqlite. Use Node 22.13 or newer, set REDIS_URL, or set DATABASE_PATH=off\n',
    )
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('expired rows of SQLite', () => {
  let time = Date.now()
  const path = () => join(folder, 'a.sqlite')
  const open = () => openSqliteStore(path(), { now: () => time })
  const countRows = () => {
    const db = new DatabaseSync(path(), { readOnly: true })
    const count = db.prepare('SELECT count(*) AS count FROM parts').get()?.['count']
    db.close()
    return count
  }

  it('are removed when the file is opened', async () => {
    const store = await open()
    await store.put(ONE, 'a', 'value', 10)
    await store.put(ONE, 'b', 'value', 1000)
    store.close()
    time += 11_000
    const again = await open()
    expect(countRows()).toBe(1)
    again.close()
  })

  it('are removed from time to time, a few at once', async () => {
    const store = await open()
    for (let i = 0; i < 250; i++) await store.put(ONE, `key-${i}`, 'value', 10)
    time += 11_000
    await store.put(TWO, 'a', 'value', HOUR)
    expect(countRows()).toBe(251)
    time += 600_000
    await store.get(TWO, 'a')
    expect(countRows()).toBe(151)
    await store.put(TWO, 'b', 'value', HOUR)
    await store.check()
    expect(countRows()).toBe(2)
    store.close()
  })

  it('are left for later when another process writes', async () => {
    const store = await open()
    await store.put(ONE, 'a', 'value', 10)
    const other = new DatabaseSync(path())
    other.exec('BEGIN EXCLUSIVE')
    time += 3_600_000
    expect(await store.get(ONE, 'a')).toBeNull()
    other.exec('ROLLBACK')
    other.close()
    time += 600_000
    await store.check()
    expect(countRows()).toBe(0)
    store.close()
  })
})
