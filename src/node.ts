/** The entry on Node: environment → settings → parts → app, served with the folder `static`. */

import './node/version.ts'
import { join } from 'node:path'
import type { MiddlewareHandler } from 'hono'
import { createApp, createUnconfiguredApp } from './app.ts'
import { createLog } from './log.ts'
import { modelRows, TURN_TIMEOUTS } from './model/settings.ts'
import { captureConsole } from './node/console.ts'
import { readEnvironment } from './node/dev-vars.ts'
import { installLastResort } from './node/last-resort.ts'
import { limitYoungSpace } from './node/memory.ts'
import { createNotices, type Notices } from './node/notices.ts'
import { createLineWriter } from './node/output.ts'
import { serve } from './node/serve.ts'
import { staticFiles } from './node/static.ts'
import { type NodeStore, openNodeStore } from './node/store.ts'
import { createParts } from './parts.ts'
import type { RawEnvironment } from './setting.ts'
import { settingNotices, toLine } from './settings/notices.ts'
import {
  type NodeSettings,
  parseLogLevel,
  parseNodeSettings,
  parseSettings,
} from './settings/settings.ts'

/** The project's folder: the bundle lies in `dist`, one below it. */
const folder = join(import.meta.dirname, '..')

limitYoungSpace()
const misnamed: string[] = []
const environment = readSettings()
const notices: Notices = createNoticesFor(environment)
for (const line of misnamed) notices.tell('warn', 'unknown_setting', line)
/** What an uncaught exception does; until there is a server, there is nothing to wait for. */
let endInGoodOrder = (): void => process.exit(1)
installLastResort(notices.log, () => endInGoodOrder())
if (isProduction()) captureConsole(notices.log)

const parsed = parseSettings(environment)
const wanted = parseNodeSettings(environment)
const settings = parsed.ok ? parsed.value : null
const problems = parsed.ok ? [] : parsed.problems
// A missing secret or token is the deployment's to supply, and the app says so to whoever asks.
// A wrong value is a mistake.
const mistakes = problems.filter(({ missing }) => !missing)
if (!wanted.ok) notices.fail([...mistakes, ...wanted.problems].map(toLine))
if (mistakes.length > 0) notices.fail(mistakes.map(toLine))

const { engine, close } = await openStore(wanted.value)
const log = createLog(parseLogLevel(environment), createLineWriter(process.stdout))
const stopping = new AbortController()
const assets = readStatic()
const app = settings
  ? createApp({
      service: createParts(settings, { engine, log }),
      stopping: stopping.signal,
      log,
      assets,
    })
  : createUnconfiguredApp({ badSettings: problems.map(({ name }) => name), log, assets })

const timeoutMs = settings?.timeoutMs ?? Number(modelRows.TIMEOUT_MS.byDefault)
const shutdown = serve({
  fetch: app.fetch,
  wanted: wanted.value,
  turnMs: TURN_TIMEOUTS * timeoutMs,
  notices,
  stopping,
  close,
  onListening: sayStarted,
})
endInGoodOrder = () => shutdown.begin(1)

function sayStarted(address: string): void {
  const model = settings?.model
    ? `${settings.model.model} (${settings.model.endpoint.protocol})`
    : 'the demo model'
  const state = settings ? `, with ${model}` : ', but is not set up yet'
  const name = settings?.appName ?? 'aplly-chat'
  notices.tell('info', 'started', `${name} is at ${address}${state}. Ctrl-C stops it.`)
  for (const problem of problems) notices.tell('warn', 'not_configured', toLine(problem))
  for (const notice of settingNotices(environment)) {
    notices.tell('warn', 'setting_without_effect', toLine(notice))
  }
}

function readSettings(): RawEnvironment {
  try {
    return readEnvironment(folder, (line) => misnamed.push(line))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return createNoticesFor(process.env).fail([reason])
  }
}

/** Without its files the page has no style and no script, but it works, as all else does. */
function readStatic(): MiddlewareHandler {
  try {
    return staticFiles(join(folder, 'static'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    notices.tell('error', 'no_files', `Cannot read the page's script and style: ${reason}.`)
    return (_c, next) => next()
  }
}

async function openStore(asked: NodeSettings): Promise<NodeStore> {
  try {
    return await openNodeStore(asked, folder, (line) => notices.tell('warn', 'store', line))
  } catch (error) {
    return notices.fail([error instanceof Error ? error.message : String(error)])
  }
}

function createNoticesFor(raw: RawEnvironment): Notices {
  return createNotices({
    production: isProduction(),
    level: parseLogLevel(raw),
    write: createLineWriter(process.stderr),
    exit: (code) => process.exit(code),
  })
}

function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production'
}
