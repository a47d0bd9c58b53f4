/**
 * What the program tells its owner besides the log of requests: that it runs, what is missing, why it ends. A sentence at a
 * terminal; in production a line of the log, since programs read it there.
 */

import { createLog, type Log, type LogFields, type LogLevel } from '../log.ts'

export interface Notices {
  /** JSON lines, in either case; for what has no sentence. */
  readonly log: Log
  /**
   * Says one sentence. In production it is the field `message`, under `LOG_LEVEL`; at a terminal it is always shown.
   *
   * @param fields for the log only
   */
  tell(level: Exclude<LogLevel, 'off'>, event: string, sentence: string, fields?: LogFields): void
  /** Says why the program cannot run, each sentence a line, whatever `LOG_LEVEL` is, and ends it with code 1. */
  fail(sentences: readonly string[]): never
}

export interface NoticesOptions {
  readonly production: boolean
  readonly level: LogLevel
  readonly write: (line: string) => void
  /** Ends the process. */
  readonly exit: (code: number) => never
}

export function createNotices({ production, level, write, exit }: NoticesOptions): Notices {
  const log = createLog(level, write)
  const logLast = createLog('error', write)
  return {
    log,
    tell(level, event, sentence, fields) {
      if (production) log(level, event, { message: sentence, ...fields })
      else write(sentence)
    },
    fail(sentences) {
      for (const sentence of sentences) {
        if (production) logLast('error', 'start_failed', { message: sentence })
        else write(sentence)
      }
      return exit(1)
    },
  }
}
