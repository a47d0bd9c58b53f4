/** Debian's chromium, or another one that `CHAT_TEST_BROWSER` names, for the browser tests. */

import { existsSync } from 'node:fs'

const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/**
 * Where the browser is; null when this machine has none, and then the browser tests are not part of the run.
 *
 * @throws Error when `CHAT_TEST_BROWSER` names a file that does not exist: whoever sets it wants the browser tests
 */
export function findBrowser(): string | null {
  const wanted = process.env['CHAT_TEST_BROWSER']
  if (!wanted) return USUAL.find((path) => existsSync(path)) ?? null
  if (!existsSync(wanted))
    throw new Error('Cannot run browser tests: CHAT_TEST_BROWSER names no file')
  return wanted
}
