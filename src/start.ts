/** Environment to settings to dependencies to app: what both entries do alike. */

import type { MiddlewareHandler } from 'hono'
import { createApp, type Service } from './app.ts'
import { createArchive } from './conversation/archive/archive.ts'
import { createReceipts } from './conversation/receipt.ts'
import { createLog, type Log } from './log.ts'
import { createHuggingFaceModel } from './model/client/client.ts'
import { createDemoModel } from './model/demo.ts'
import { createSessionCookies } from './session/cookie.ts'
import { type Notice, settingNotices } from './settings/notices.ts'
import {
  type Problem,
  parseLogLevel,
  parseSettings,
  type RawEnvironment,
  type Settings,
} from './settings/settings.ts'
import { createTokens, type Deflate } from './signing/tokens.ts'
import type { Store } from './store/store.ts'

/** One or two bytes each in memory, of which a Worker may use 128 MB. */
const CACHE_CHARS = 8 * 1024 * 1024

export interface StartOptions {
  /** Where log lines go. */
  readonly write: (line: string) => void
  readonly assets?: MiddlewareHandler
  /** Aborts when replies that are still open must end now, because the process is about to. */
  readonly stopping?: AbortSignal
  /** Keeps what outgrows the cookie; null where there is none. */
  readonly store: Store | null
  /** A quicker way to deflate than the platform's streams, where there is one. */
  readonly deflate?: Deflate
}

export interface Started {
  readonly app: ReturnType<typeof createApp>
  /** Empty when all is well; otherwise the app answers `not_configured` to everything but its health routes. */
  readonly problems: readonly Problem[]
  /** Settings that have no effect. */
  readonly notices: readonly Notice[]
  /** Null when there are problems. */
  readonly settings: Settings | null
}

/** What is wrong with a setting, or to be known of it, as a line for its owner. */
export function toLine({ name, text }: Problem | Notice): string {
  return `${name} ${text}.`
}

/** Builds the app from a runtime's raw environment. Never throws for a bad setting: it says so in `problems`. */
export function start(
  raw: RawEnvironment,
  { write, assets, store, stopping, deflate }: StartOptions,
): Started {
  const log = createLog(parseLogLevel(raw), write)
  const parsed = parseSettings(raw)
  const problems = parsed.ok ? [] : parsed.problems
  const service = parsed.ok
    ? createService(parsed.value, { store, log, deflate })
    : { badSettings: problems.map(({ name }) => name) }
  return {
    app: createApp({ log, service, ...(assets && { assets }), ...(stopping && { stopping }) }),
    problems,
    notices: settingNotices(raw),
    settings: parsed.ok ? parsed.value : null,
  }
}

interface Parts {
  readonly store: Store | null
  readonly log: Log
  readonly deflate: Deflate | undefined
}

function createService(settings: Settings, { store, log, deflate }: Parts): Service {
  const tokens = createTokens(settings.sessionSecrets, deflate)
  const archive = createArchive({ tokens, store, log, cacheChars: CACHE_CHARS })
  return {
    settings,
    model: settings.model ? createHuggingFaceModel(settings.model) : createDemoModel(),
    cookies: createSessionCookies({
      tokens,
      archive,
      maxAgeSeconds: settings.sessionMaxAgeSeconds,
      now: Date.now,
    }),
    archive,
    store,
    receipts: createReceipts(tokens),
  }
}
