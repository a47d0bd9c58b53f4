/**
 * One JSON object a line, with whatever looks like a credential taken out. Conversation text never gets here.
 * Knows no runtime: an entry says where the lines go.
 */

import { LOG_LEVELS, type LogLevel } from './settings.ts'

export type LogFields = Readonly<Record<string, string | number | boolean | null>>

/** Writes one line when its level is at least the log's own. */
export type Log = (level: Exclude<LogLevel, 'off'>, event: string, fields?: LogFields) => void

const CREDENTIALS = /\bhf_[A-Za-z0-9]+|\bBearer\s+[^\s"']+|\bsk-[A-Za-z0-9_-]{8,}/g

/**
 * Creates a log.
 *
 * @param minimum lines below this level are dropped; `off` drops all
 */
export function createLog(minimum: LogLevel, write: (line: string) => void): Log {
  return function log(level, event, fields = {}) {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minimum)) return
    write(JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }, redact))
  }
}

function redact(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(CREDENTIALS, '[redacted]') : value
}
