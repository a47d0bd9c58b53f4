/** `npm run dev`: the same app in workerd through `wrangler dev`, offline and without a login. */

import './node/version.ts'
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readEnvironment } from './node/dev-vars.ts'
import { settingNotices, toLine } from './settings/notices.ts'
import { parseSettings } from './settings/settings.ts'
import { SETTING_NAMES } from './settings/table.ts'

const folder = join(import.meta.dirname, '..')

const environment = readSettings()
const parsed = parseSettings(environment)
if (!parsed.ok) fail(parsed.problems.map(toLine))
for (const notice of settingNotices(environment)) console.error(toLine(notice))

const child = spawn(
  process.execPath,
  [wranglerPath(), 'dev', ...environmentFiles(), ...process.argv.slice(2)],
  {
    cwd: folder,
    stdio: 'inherit',
    env: {
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: '.wrangler/logs',
      // Records every request in the same process, and takes as much time as the request itself.
      X_LOCAL_OBSERVABILITY: 'false',
      ...process.env,
    },
  },
)
child.on('exit', (code) => process.exit(code ?? 0))
// This process waits until wrangler has ended in its own order. A terminal sends Ctrl-C to both, a
// supervisor to this one only.
process.on('SIGINT', () => child.kill('SIGTERM'))
process.on('SIGTERM', () => child.kill('SIGTERM'))

function readSettings(): ReturnType<typeof readEnvironment> {
  try {
    return readEnvironment(folder, console.error)
  } catch (error) {
    return fail([error instanceof Error ? error.message : String(error)])
  }
}

/**
 * Real environment variables win over `.dev.vars`, as on Node. wrangler would ignore them, so those
 * that are settings go into a second file that only this user can read. On the command line every
 * user could read them.
 */
function environmentFiles(): string[] {
  const given = SETTING_NAMES.filter((name) => process.env[name] !== undefined)
  if (given.length === 0) return []
  const file = join(folder, '.wrangler', 'environment')
  mkdirSync(dirname(file), { recursive: true })
  rmSync(file, { force: true })
  const lines = given.map((name) => `${name}=${quote(process.env[name] ?? '')}\n`)
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  return ['--env-file', '.dev.vars', '--env-file', file]
}

/**
 * Quotes a value as dotenv reads it. The quotes must not occur in the value, and `$` would name
 * another variable.
 */
function quote(value: string): string {
  const mark = ["'", '`', '"'].find((candidate) => !value.includes(candidate)) ?? '"'
  return `${mark}${value.replaceAll('$', '\\$')}${mark}`
}

function wranglerPath(): string {
  const manifest = createRequire(import.meta.url).resolve('wrangler/package.json')
  return join(dirname(manifest), 'bin', 'wrangler.js')
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line)
  process.exit(1)
}
