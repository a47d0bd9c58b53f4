/**
 * An error that nobody expected, as text for the log. Its message may hold what a visitor wrote:
 * `JSON.parse` repeats its input, and `fetch` the value of a header. So only the part before the
 * first quotation mark is taken.
 */

import { AppError } from '../errors.ts'

const MAX_MESSAGE_CHARS = 200
const MAX_FRAMES = 12
const MAX_CAUSES = 3

/**
 * Names an error's class, its code and the beginning of its message, then the places in the code,
 * then its causes.
 *
 * @returns up to a few thousand characters; never throws, whatever was thrown
 */
export function describeError(error: unknown): string {
  try {
    return describe(error, MAX_CAUSES)
  } catch {
    return 'an error that cannot be described'
  }
}

function describe(error: unknown, causes: number): string {
  if (!(error instanceof Error)) {
    return typeof error === 'string' ? withoutQuotes(error) : `thrown: ${typeof error}`
  }
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  // The detail of our own errors may be what a model server said.
  const message = error instanceof AppError ? '' : `: ${withoutQuotes(error.message)}`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const lines = [`${error.name}${code}${message}`, ...frames.slice(0, MAX_FRAMES)]
  if (error.cause !== undefined && causes > 0) {
    lines.push(`caused by ${describe(error.cause, causes - 1)}`)
  }
  return lines.join('\n')
}

function withoutQuotes(text: string): string {
  const end = text.search(/["'`\n]/)
  const kept = text.slice(0, MAX_MESSAGE_CHARS)
  return end < 0 || end >= kept.length ? kept : `${kept.slice(0, end)}…`
}
