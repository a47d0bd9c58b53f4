/**
 * Turns what libraries print into lines of the log. In production a program reads the output, and
 * expects JSON. But node-server prints the errors of an answer as they are, and Node prints its
 * warnings.
 */

import { format } from 'node:util'
import type { Log } from '../log.ts'
import { describeError } from './describe-error.ts'

const LEVELS = {
  error: 'error',
  warn: 'warn',
  trace: 'debug',
  log: 'debug',
  info: 'debug',
  debug: 'debug',
} as const

/**
 * Replaces the console's methods, and Node's own printing of warnings, for the rest of the process.
 */
export function captureConsole(log: Log): void {
  for (const method of ['error', 'warn', 'trace', 'log', 'info', 'debug'] as const) {
    console[method] = (...values: unknown[]) =>
      log(LEVELS[method], 'console', { detail: values.map(describeValue).join(' ') })
  }
  process.removeAllListeners('warning')
  process.on('warning', (warning) =>
    log('warn', 'node_warning', { detail: `${warning.name}: ${warning.message}` }),
  )
}

function describeValue(value: unknown): string {
  return value instanceof Error ? describeError(value) : format(value)
}
