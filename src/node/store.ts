/**
 * Chooses and opens the engine of the store on Node: Redis if there is an address, else the file,
 * else the process's memory or none.
 */

import { resolve } from 'node:path'
import type { NodeSettings } from '../settings/settings.ts'
import { createMemoryStore } from '../store/memory.ts'
import { openRedisStore } from '../store/node-redis.ts'
import { openSqliteStore } from '../store/node-sqlite.ts'
import type { Store } from '../store/store.ts'

export interface NodeStore {
  /** Without layers; null when the settings want none. */
  readonly engine: Store | null
  close(): void
}

/** What a store in memory may hold. */
const MEMORY_CHARS = 32 * 1024 * 1024

/**
 * Opens the engine that the settings want. Where nobody asked for a file and the usual one cannot
 * be opened, that is reported, and its work done in memory: people can chat, and what outgrows
 * their cookies lasts until the program ends.
 *
 * @param folder the project's, to which a relative path belongs
 * @param report takes a line for the program's owner
 * @throws Error when `REDIS_URL` cannot be used at all, not because Redis is away; or when the file
 *   that `DATABASE_PATH` asks for cannot be opened: a wrong volume would lose every long
 *   conversation, and nobody would see it
 */
export async function openNodeStore(
  { redisUrl, database }: Pick<NodeSettings, 'redisUrl' | 'database'>,
  folder: string,
  report: (line: string) => void,
): Promise<NodeStore> {
  if (redisUrl !== null) {
    const redis = await openRedisStore(redisUrl, { onState: (message) => report(`${message}.`) })
    return { engine: redis, close: () => redis.close() }
  }
  if (database.kind === 'off') return { engine: null, close: () => {} }
  try {
    const sqlite = await openSqliteStore(resolve(folder, database.path), { now: Date.now })
    return { engine: sqlite, close: () => sqlite.close() }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (database.kind === 'asked') throw new Error(`${reason}.`, { cause: error })
    report(`${reason}. Until then long conversations are kept in memory only.`)
    const engine = createMemoryStore({ now: Date.now, maxChars: MEMORY_CHARS })
    return { engine, close: () => {} }
  }
}
