/**
 * One JSON object a line, with whatever looks like a credential taken out, and nothing in it that a
 * terminal obeys. Conversation text never gets here. Knows no runtime: an entry says where the
 * lines go.
 */

import { oneOf, setting } from './setting.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'off'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const logRows = {
  LOG_LEVEL: setting({
    key: 'logLevel',
    byDefault: 'info',
    read: oneOf(LOG_LEVELS),
    about: [
      '`debug`, `info`, `warn`, `error` or `off`: one JSON line a request and one a turn, never any conversation text.',
      'With `NODE_ENV=production` all else that Node prints is a line of it, too.',
    ],
  }),
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>

/** Writes one line when its level is at least the log's own. */
export type Log = (level: Exclude<LogLevel, 'off'>, event: string, fields?: LogFields) => void

const CREDENTIALS = /\bhf_[A-Za-z0-9]+|\bBearer\s+[^\s"']+|\bsk-[A-Za-z0-9_-]{8,}/g
/** What each credential begins with. JSON leaves these letters as they are. */
const SUSPICIOUS = /hf_|Bearer|sk-/

/**
 * What `JSON.stringify` leaves as it is although it controls terminals (DEL and C1: U+009B begins a
 * command like ESC [) or ends a line for some readers (U+2028, U+2029). C0 and lone surrogates are
 * escaped by itself (ECMA-262 §25.5.2.3).
 */
const RAW_CONTROLS = /[\u007f-\u009f\u2028\u2029]/g

/**
 * Creates a log.
 *
 * @param minimum lines below this level are dropped; `off` drops all
 */
export function createLog(minimum: LogLevel, write: (line: string) => void): Log {
  return function log(level, event, fields = {}) {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minimum)) return
    const entry = { time: new Date().toISOString(), level, event, ...fields }
    const line = JSON.stringify(entry)
    // Looking at each value takes longer than all else here, and hardly any line needs it.
    const safe = SUSPICIOUS.test(line) ? JSON.stringify(entry, redact) : line
    write(safe.replace(RAW_CONTROLS, toEscape))
  }
}

function redact(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(CREDENTIALS, '[redacted]') : value
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
