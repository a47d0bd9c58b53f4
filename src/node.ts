/** The entry on Node: reads the environment, opens the store, serves the folder `static`, listens, and ends in good order. */

import './node/version.ts'
import { join } from 'node:path'
import type { MiddlewareHandler } from 'hono'
import { TURN_TIMEOUTS } from './model/settings.ts'
import { captureConsole } from './node/console.ts'
import { zlibDeflate } from './node/deflate.ts'
import { readEnvironment } from './node/dev-vars.ts'
import { installLastResort } from './node/last-resort.ts'
import { keepHeapSmall } from './node/memory.ts'
import { createNotices, type Notices } from './node/notices.ts'
import { createLineWriter } from './node/output.ts'
import { createNodeServer, toAddress } from './node/server.ts'
import { createShutdown, onStopSignal } from './node/shutdown.ts'
import { staticFiles } from './node/static.ts'
import { type NodeStore, openNodeStore } from './node/store.ts'
import {
  type NodeSettings,
  parseLogLevel,
  parseNodeSettings,
  type RawEnvironment,
} from './settings/settings.ts'
import { type Started, start, toLine } from './start.ts'

/** The project's folder: the bundle lies in `dist`, one below it. */
const folder = join(import.meta.dirname, '..')

/** So much longer than a turn may take, a connection may be silent: who ends a slow turn first, and says so, is the app. */
const SILENCE_MARGIN_MS = 5000
/** What the settings say of a turn when there are none. */
const DEFAULT_TIMEOUT_MS = 30_000

keepHeapSmall()
const misnamed: string[] = []
const environment = readSettings()
const notices = createNoticesFor(environment)
for (const line of misnamed) notices.tell('warn', 'unknown_setting', line)
/** What an uncaught exception does; until there is a server, there is nothing to wait for. */
let endInGoodOrder = (): void => process.exit(1)
installLastResort(notices.log, () => endInGoodOrder())
if (isProduction()) captureConsole(notices.log)

const parsed = parseNodeSettings(environment)
const listening = parsed.ok ? parsed.value : null
const { store, close } = listening ? await openStore(listening) : { store: null, close: () => {} }
const stopping = new AbortController()
const started = start(environment, {
  write: createLineWriter(process.stdout),
  assets: readStatic(),
  stopping: stopping.signal,
  store,
  deflate: zlibDeflate,
})

// A missing secret or token is the deployment's to supply, and the app says so to whoever asks; a wrong value is a mistake.
const mistakes = [
  ...started.problems.filter(({ missing }) => !missing),
  ...(parsed.ok ? [] : parsed.problems),
]
if (mistakes.length > 0 || !listening) notices.fail(mistakes.map(toLine))
else serve(started, listening)

function serve({ app, settings, problems, notices: hints }: Started, wanted: NodeSettings): void {
  const { host, port, shutdownSeconds } = wanted
  const { server, connections } = createNodeServer({
    fetch: app.fetch,
    log: notices.log,
    silenceMs: TURN_TIMEOUTS * (settings?.timeoutMs ?? DEFAULT_TIMEOUT_MS) + SILENCE_MARGIN_MS,
  })
  const exit = (code: number): never => process.exit(code)
  const graceMs = shutdownSeconds * 1000
  const shutdown = createShutdown({ server, connections, graceMs, stopping, close, exit })
  endInGoodOrder = () => shutdown.begin(1)
  onStopSignal(() => {
    const open = connections.answering()
    const wait = `Waiting up to ${shutdownSeconds} seconds for ${open} open; another Ctrl-C stops at once.`
    notices.tell('info', 'stopping', open > 0 ? wait : 'Stopping.', { open })
    shutdown.begin(0)
  }, exit)
  server.on('error', (error: NodeJS.ErrnoException) => {
    // Later ones are of a single connection that could not be taken.
    if (server.listening) notices.log('error', 'accept_failed', { detail: error.code ?? '' })
    else notices.fail([whyNotListening(error.code, wanted)])
  })
  server.listen(port, host, () => {
    const address = server.address()
    const chosen = typeof address === 'object' && address !== null ? address.port : port
    const model = settings?.model
      ? `${settings.model.model} (${settings.model.endpoint.protocol})`
      : 'the demo model'
    const state = settings ? `, with ${model}` : ', but is not set up yet'
    const name = settings?.appName ?? 'aplly-chat'
    const where = `${name} is at ${toAddress(host, chosen)}${state}. Ctrl-C stops it.`
    notices.tell('info', 'started', where)
    for (const problem of problems) notices.tell('warn', 'not_configured', toLine(problem))
    for (const hint of hints) notices.tell('warn', 'setting_without_effect', toLine(hint))
  })
}

function whyNotListening(code: string | undefined, { host, port }: NodeSettings): string {
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use: stop the other program, or set PORT to another number.`
  }
  if (code === 'EACCES') {
    return `Port ${port} may not be used by this user: set PORT to 1024 or more.`
  }
  return `Cannot listen on ${host}, port ${port} (${code ?? 'unknown reason'}): check HOST and PORT.`
}

function readSettings(): RawEnvironment {
  try {
    return readEnvironment(folder, (line) => misnamed.push(line))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return createNoticesFor(process.env).fail([reason])
  }
}

/** Without its files the page has no style and no script, but it works, and so does everything else. */
function readStatic(): MiddlewareHandler {
  try {
    return staticFiles(join(folder, 'static'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    notices.tell('error', 'no_files', `Cannot read the page's script and style: ${reason}.`)
    return (_c, next) => next()
  }
}

async function openStore(wanted: NodeSettings): Promise<NodeStore> {
  try {
    return await openNodeStore(wanted, folder, (line) => notices.tell('warn', 'store', line))
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
