/**
 * SQLite as a store: one file beside the app, through the module that Node brings. Nothing to install, and several processes may
 * share the file. Conversations are private, so only the file's owner may read it, and what is deleted is overwritten.
 * SQLite answers at once, within the process: a call takes about 0.1 ms, and as long as `BUSY_MS` when another process writes.
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
import type { Store } from './store.ts'

type DatabaseSync = import('node:sqlite').DatabaseSync

export interface SqliteStoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The file grows to about this size and no further, so that visitors cannot fill the disk; then `put` rejects. 1 GiB. */
  readonly maxBytes?: number
}

export interface SqliteStore extends Store {
  /** Writes everything into the one file and closes it. Safe to call again; every other call rejects from then on. */
  close(): void
}

/** This Node has no `node:sqlite`. */
export class NoSqliteError extends Error {
  override readonly name = 'NoSqliteError'
}

const MAX_BYTES = 2 ** 30

/** How long a call waits for another process to finish its writing. This process does nothing else meanwhile. */
const BUSY_MS = 250

/** SQLite does not wait for a process that is switching the same new file to WAL. */
const OPEN_TRIES = 8

const SWEEP_INTERVAL_MS = 10 * 60_000
/** Expired rows that one sweep removes: some milliseconds of work. */
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
 * Opens a file, or creates it with its folder: the folder with mode 0700, the file and those that SQLite puts beside it with 0600,
 * whatever the umask is. The modes of what exists already are its owner's choice.
 *
 * @throws NoSqliteError on a Node without `node:sqlite`
 * @throws Error whose message names the path and what is wrong with it
 */
export async function openSqliteStore(
  path: string,
  { now, maxBytes = MAX_BYTES }: SqliteStoreOptions,
): Promise<SqliteStore> {
  const sqlite = await import('node:sqlite').catch((error: unknown) => {
    throw new NoSqliteError(
      'Cannot keep long conversations: this Node has no node:sqlite. Use Node 22.13 or newer, set REDIS_URL, or set DATABASE_PATH=off',
      { cause: error },
    )
  })
  try {
    // As a full path, no name has a special meaning to SQLite (`:memory:`, `file:…`).
    const file = resolve(path)
    createFile(file)
    for (let tries = 1; ; tries++) {
      const db = new sqlite.DatabaseSync(file)
      try {
        prepareDatabase(db, maxBytes)
        return createStore(db, file, now)
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

/** Before SQLite does it, which would go by the umask; SQLite gives the files beside it the same mode. */
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

/** Not with `recursive`: below `/proc` Node then tries for ever. */
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

function createStore(db: DatabaseSync, file: string, now: () => number): SqliteStore {
  const opened = identityOf(file)
  const select = db.prepare(
    'SELECT value FROM parts WHERE conversation = ? AND key = ? AND expires > ?',
  )
  const upsert = db.prepare(
    `INSERT INTO parts (conversation, key, value, expires) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires`,
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

  /** What was deleted is still in the WAL until that is emptied; while another process reads, a later sweep tries again. */
  function emptyWal(): void {
    walHoldsDeleted = truncateWal.get()?.['busy'] !== 0
  }

  /** Part of other calls, since a timer would keep the process alive; a failed sweep is not their failure. */
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
      // Another process is writing, or the disk is in trouble: what the caller asked for will tell.
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
      upsert.run(conversation, key, value, Math.ceil(now() + ttlSeconds * 1000))
    },

    async deleteAll(conversation) {
      removeConversation.run(conversation)
      emptyWal()
    },

    async check() {
      sweep()
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      // Reads and writes go on in a file that has lost its name, and all of it is gone with the process.
      if (identityOf(file) !== opened) throw new Error(`The file ${file} was deleted or replaced`)
    },

    close() {
      if (closed) return
      closed = true
      db.close()
    },
  }
}

/** Which file has this name now; empty when none has. */
function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

/** https://www.sqlite.org/rescode.html: 5 is SQLITE_BUSY, and the low byte of its extended codes. */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  )
}
