/**
 * SQLite as a store: one file beside the app, through the module that comes with Node. Nothing has
 * to be installed, and several processes may share the file. Conversations are private: only the
 * file's owner may read it, and what is deleted is overwritten. A call runs within the process and
 * blocks it: for about 0.1 ms, and for up to `BUSY_MS` while another process writes.
 */

import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConversationFullError, MAX_CONVERSATION_CHARS, type Store } from './store.ts'

type DatabaseSync = import('node:sqlite').DatabaseSync

export interface SqliteStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /**
   * The greatest size of the file, about, so that visitors cannot fill the disk. Then `put`
   * rejects. 1 GiB.
   */
  readonly maxBytes?: number
  /** Of all values of one conversation. 16 Mi. */
  readonly maxConversationChars?: number
}

export interface SqliteStore extends Store {
  /**
   * Writes everything into the one file and closes it. Safe to call again. From then on every other
   * call rejects.
   */
  close(): void
}

/** This Node has no `node:sqlite`. */
export class NoSqliteError extends Error {
  override readonly name = 'NoSqliteError'
}

const MAX_BYTES = 2 ** 30

/**
 * How long a call waits until another process has finished its write. This process does nothing
 * else meanwhile.
 */
const BUSY_MS = 250

/**
 * How often opening is tried: SQLite does not wait for a process that is switching the same new
 * file to WAL.
 */
const OPEN_TRIES = 8

/**
 * A value that is written again keeps its end, unless the new end is later by more than this: ends
 * are asked for in whole seconds.
 */
const SAME_END_MS = 1000

const SWEEP_INTERVAL_MS = 10 * 60_000
/** How many expired rows one sweep removes: some milliseconds of work. */
const SWEEP_ROWS = 100

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS parts (
    conversation TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    expires INTEGER NOT NULL, -- milliseconds since 1970
    PRIMARY KEY (conversation, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS parts_by_expiry ON parts (expires);
`

/**
 * Opens a file, or creates it with its folder. Whatever the umask is, a new folder gets mode 0700,
 * and a new file and those that SQLite puts beside it get 0600. The modes of what exists already
 * are its owner's choice and stay.
 *
 * @throws NoSqliteError on a Node without `node:sqlite`
 * @throws Error whose message names the path and what is wrong with it
 */
export async function openSqliteStore(
  path: string,
  options: SqliteStoreOptions,
): Promise<SqliteStore> {
  const sqlite = await import('node:sqlite').catch((error: unknown) => {
    throw new NoSqliteError(
      'Cannot keep long conversations: this Node has no node:sqlite. Use Node 22.13 or newer, set REDIS_URL, or set DATABASE_PATH=off',
      { cause: error },
    )
  })
  try {
    // Some names have a special meaning to SQLite (`:memory:`, `file:…`), but no full path has.
    const file = resolve(path)
    createFile(file)
    for (let tries = 1; ; tries++) {
      const db = new sqlite.DatabaseSync(file)
      try {
        prepareDatabase(db, options.maxBytes ?? MAX_BYTES)
        return createStore(db, file, options)
      } catch (error) {
        db.close()
        if (tries === OPEN_TRIES || !isBusy(error)) throw error
      }
      await sleep(Math.random() * 100)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Cannot open DATABASE_PATH "${path}": ${reason}`, { cause: error })
  }
}

/**
 * Creates the file before SQLite does, which would go by the umask. SQLite gives the files beside
 * it the same mode.
 */
function createFile(file: string): void {
  createFolder(dirname(file))
  try {
    const descriptor = openSync(file, 'ax', 0o600)
    fchmodSync(descriptor, 0o600)
    closeSync(descriptor)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

/** Creates folders one by one: with `recursive`, Node would try for ever below `/proc`. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return
  createFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
    chmodSync(folder, 0o700)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function prepareDatabase(db: DatabaseSync, maxBytes: number): void {
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
  db.exec('PRAGMA journal_mode = WAL')
  db.exec('PRAGMA secure_delete = ON')
  const pageSize = Number(db.prepare('PRAGMA page_size').get()?.['page_size'])
  db.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageSize)}`)
  db.exec(SCHEMA)
}

function createStore(
  db: DatabaseSync,
  file: string,
  { now, maxConversationChars = MAX_CONVERSATION_CHARS }: SqliteStoreOptions,
): SqliteStore {
  const opened = identityOf(file)
  const select = db.prepare(
    'SELECT value FROM parts WHERE conversation = ? AND key = ? AND expires > ?',
  )
  const upsert = db.prepare(
    `INSERT INTO parts (conversation, key, value, expires) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires
     WHERE value <> excluded.value OR expires < excluded.expires - ${SAME_END_MS}`,
  )
  // Values are ASCII, so bytes are characters, and SQLite counts bytes without reading a value.
  const sumOthers = db.prepare(
    'SELECT total(octet_length(value)) AS chars FROM parts WHERE conversation = ? AND key <> ?',
  )
  const removeConversation = db.prepare('DELETE FROM parts WHERE conversation = ?')
  const removeExpired = db.prepare(
    `DELETE FROM parts WHERE (conversation, key) IN
       (SELECT conversation, key FROM parts WHERE expires <= ? ORDER BY expires LIMIT ${SWEEP_ROWS})`,
  )
  const truncateWal = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  let walHoldsDeleted = false
  let nextSweep = 0
  let closed = false

  /**
   * Empties the WAL, which still holds what was deleted. While another process reads it cannot, and
   * a later sweep tries again.
   */
  function emptyWal(): void {
    walHoldsDeleted = truncateWal.get()?.['busy'] !== 0
  }

  /**
   * Runs as a part of other calls, since a timer would keep the process alive. When a sweep fails,
   * the call does not.
   */
  function sweep(): void {
    const time = now()
    if (time < nextSweep) return
    nextSweep = time + SWEEP_INTERVAL_MS
    try {
      const { changes } = removeExpired.run(time)
      if (changes > 0) walHoldsDeleted = true
      if (changes === SWEEP_ROWS) nextSweep = time
      else if (walHoldsDeleted) emptyWal()
    } catch {
      // Another process is writing, or the disk is in trouble. If it is the disk, the caller's own
      // call fails too.
    }
  }

  sweep()
  return {
    kind: 'sqlite',

    async get(conversation, key) {
      sweep()
      const value = select.get(conversation, key, now())?.['value']
      return typeof value === 'string' ? value : null
    },

    async put(conversation, key, value, ttlSeconds) {
      sweep()
      const others = Number(sumOthers.get(conversation, key)?.['chars'])
      if (others + value.length > maxConversationChars) {
        throw new ConversationFullError(maxConversationChars)
      }
      upsert.run(conversation, key, value, Math.ceil(now() + ttlSeconds * 1000))
    },

    async deleteAll(conversation) {
      removeConversation.run(conversation)
      emptyWal()
    },

    async check() {
      sweep()
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      // A file that has lost its name still takes reads and writes, but it is gone when the process
      // ends.
      if (identityOf(file) !== opened) throw new Error(`The file ${file} was deleted or replaced`)
    },

    close() {
      if (closed) return
      closed = true
      db.close()
    },
  }
}

/** Identifies the file that has this name now; empty when there is none. */
function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

/**
 * https://www.sqlite.org/rescode.html: 5 is SQLITE_BUSY, and the low byte of its extended codes.
 */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  )
}
