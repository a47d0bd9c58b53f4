/**
 * What the program tells its owner besides the log of requests: that it runs, what is missing, why
 * it ends. At a terminal each is a sentence. In production each is a line of the log, since
 * programs read it there.
 */

import { createLog, type Log, type LogFields, type LogLevel } from '../log.ts'

export interface Notices {
  /** Writes JSON lines in both cases; for what has no sentence. */
  readonly log: Log
  /**
   * Says one sentence. In production it is the field `message` of a line, if `LOG_LEVEL` allows the
   * line. At a terminal it is always shown.
   *
   * @param fields for the log only
   */
  tell(level: Exclude<LogLevel, 'off'>, event: string, sentence: string, fields?: LogFields): void
  /**
   * Says why the program cannot run, a line for each sentence and whatever `LOG_LEVEL` is, and ends
   * it with code 1.
   */
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
