/**
 * Chooses and opens the store on Node: Redis if it has an address, else the file, else the memory
 * of the process, or none.
 */

import { resolve } from 'node:path'
import type { NodeSettings } from '../settings/settings.ts'
import { withLimits } from '../store/layers/limited.ts'
import { withWriteCheck } from '../store/layers/watched.ts'
import { createMemoryStore } from '../store/memory.ts'
import { openRedisStore } from '../store/node-redis.ts'
import { openSqliteStore } from '../store/node-sqlite.ts'
import type { Store } from '../store/store.ts'

export interface NodeStore {
  /** Null when the settings want none. */
  readonly store: Store | null
  close(): void
}

/** What a store in memory may hold. */
const MEMORY_CHARS = 32 * 1024 * 1024

/**
 * Opens the store that the settings want. When the default file cannot be opened, that is reported,
 * and memory takes its place: people can chat, and what outgrows their cookies lasts until the
 * program ends.
 *
 * @param folder the project's, to which a relative path belongs
 * @param report takes a line for the program's owner
 * @throws Error when `REDIS_URL` cannot be read or the package `redis` is missing, but not because
 *   Redis is away; and when the file of `DATABASE_PATH` cannot be opened: on a wrong volume every
 *   long conversation would be lost, and nobody would notice
 */
export async function openNodeStore(
  { redisUrl, database }: Pick<NodeSettings, 'redisUrl' | 'database'>,
  folder: string,
  report: (line: string) => void,
): Promise<NodeStore> {
  if (redisUrl !== null) {
    const redis = await openRedisStore(redisUrl, { onState: (message) => report(`${message}.`) })
    return { store: withWriteCheck(withLimits(redis)), close: () => redis.close() }
  }
  if (database.kind === 'off') return { store: null, close: () => {} }
  try {
    const sqlite = await openSqliteStore(resolve(folder, database.path), { now: Date.now })
    return { store: withWriteCheck(withLimits(sqlite)), close: () => sqlite.close() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (database.kind === 'asked') throw new Error(`${reason}.`, { cause: error })
    report(`${reason}. Until then long conversations are kept in memory only.`)
    const store = createMemoryStore({ now: Date.now, maxChars: MEMORY_CHARS })
    return { store, close: () => {} }
  }
}
