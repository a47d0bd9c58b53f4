/**
 * `.dev.vars`: the local settings that `wrangler dev` and the Node entry both read. The first start
 * writes one with a random secret, so that a newcomer has nothing to prepare. Used by the two local
 * starters only.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as util from 'node:util'
import { nameNotices } from '../settings/notices.ts'

/**
 * Reads `.dev.vars` in a folder. Real environment variables win over it. When there is no such file
 * and the environment holds no `SESSION_SECRET`, the file is first made from `.dev.vars.example`,
 * readable by its owner only. With `NODE_ENV=production` it is never made.
 *
 * @param report takes a line for each name in the file that is no setting
 * @throws Error with a sentence for the owner when the file cannot be read or written
 */
export function readEnvironment(
  folder: string,
  report: (line: string) => void,
): Record<string, string | undefined> {
  const file = join(folder, '.dev.vars')
  const given = util.parseEnv(readOrCreate(folder, file))
  for (const { name, text } of nameNotices(Object.keys(given))) {
    report(`${name} in .dev.vars ${text}${text.endsWith('?') ? '' : '.'}`)
  }
  return { ...given, ...process.env }
}

function readOrCreate(folder: string, file: string): string {
  try {
    createIfWanted(folder, file)
    // Windows' editors may begin a file with a byte order mark, which would become part of the
    // first name.
    return existsSync(file) ? readFileSync(file, 'utf8').replace(/^\uFEFF/, '') : ''
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Cannot use ${file}: ${reason}.`)
  }
}

function createIfWanted(folder: string, file: string): void {
  const example = join(folder, '.dev.vars.example')
  const wanted = !process.env['SESSION_SECRET'] && process.env['NODE_ENV'] !== 'production'
  if (wanted && !existsSync(file) && existsSync(example)) {
    const secret = randomBytes(32).toString('hex')
    const text = readFileSync(example, 'utf8').replace(
      /^SESSION_SECRET=.*$/m,
      `SESSION_SECRET=${secret}`,
    )
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' })
  }
}
