/** The settings of the stores that only Node has. On Workers a binding says where the store is. */

import { good, type Reading, setting, wrong } from '../setting.ts'

/**
 * A path is relative to the project's folder. A path that was `asked` for must work. Where the
 * `default` one does not, memory takes its place.
 */
export type DatabaseSetting =
  | { readonly kind: 'asked' | 'default'; readonly path: string }
  | { readonly kind: 'off' }

const DEFAULT_PATH = '.data/history.sqlite'

export const storeRows = {
  DATABASE_PATH: setting({
    key: 'database',
    // Not the path itself: the owner who names that path wants it to work.
    byDefault: '',
    defaultWords: `\`${DEFAULT_PATH}\``,
    example: DEFAULT_PATH,
    read: readDatabase,
    about: [
      "The file for the older turns of long conversations, relative to the project's folder.",
      '`off` keeps only what fits into the cookie.',
      'A file that is named here must be usable, or the app does not start.',
    ],
  }),
  REDIS_URL: setting({
    key: 'redisUrl',
    byDefault: '',
    example: 'redis://localhost:6379',
    read: readRedisUrl,
    secret: true,
    about: [
      'Keeps the older turns in Redis or Valkey instead of the file: `redis://…` or `rediss://…`.',
      'Several processes and machines can share it.',
    ],
  }),
}

function readDatabase(text: string): Reading<DatabaseSetting> {
  if (text === 'off') return good({ kind: 'off' })
  return good(text === '' ? { kind: 'default', path: DEFAULT_PATH } : { kind: 'asked', path: text })
}

/** Null when there is none. */
function readRedisUrl(text: string): Reading<string | null> {
  if (text === '') return good(null)
  const isRedis = URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol)
  return isRedis ? good(text) : wrong('must be an address like redis://localhost:6379', null)
}
