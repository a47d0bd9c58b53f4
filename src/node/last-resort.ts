/**
 * What happens after an error that no code expected. A rejected promise that nobody awaits spoils
 * one piece of work, so the process goes on. An exception in an event handler leaves the process in
 * an unknown state, so it ends, in good order. Node would end the process at once in both cases,
 * and with it all open replies.
 */

import type { Log } from '../log.ts'
import { describeError } from './describe-error.ts'

/**
 * Installs both handlers for the rest of the process.
 *
 * @param end begins to end the process; it is called for every uncaught exception, so it must allow
 *   a second call
 */
export function installLastResort(log: Log, end: () => void): void {
  process.on('unhandledRejection', (reason) => {
    log('error', 'unhandled_rejection', { detail: describeError(reason) })
  })
  process.on('uncaughtException', (error) => {
    log('error', 'uncaught_exception', { detail: describeError(error) })
    end()
  })
}
