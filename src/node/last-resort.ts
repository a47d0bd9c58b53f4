/**
 * What becomes of an error that no code expected. A rejected promise that nobody awaits spoils one piece of work, so the process
 * goes on. After an exception out of an event handler nobody knows in what state the process is, so it ends, in good order.
 * Node would end the process at once in both cases, with everybody's replies.
 */

import type { Log } from '../log.ts'
import { describeError } from './describe-error.ts'

/**
 * Installs both handlers for the rest of the process.
 *
 * @param end begins to end the process; called with every uncaught exception, so it must bear to be called again
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
