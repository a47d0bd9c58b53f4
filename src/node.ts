/** The entry on Node: reads the environment, opens the store, serves the folder `static`, listens, and ends in good order. */

import './node-version.ts'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { readEnvironment } from './node-dev-vars.ts'
import { type NodeStore, openNodeStore } from './node-store.ts'
import { type NodeSettings, parseNodeSettings } from './settings.ts'
import { start, toLine } from './start.ts'

/** The project's folder: the bundle lies in `dist`, one below it. */
const folder = join(import.meta.dirname, '..')

/** How long open requests may take to finish after a signal to stop. */
const SHUTDOWN_MS = 5000

const environment = readEnvironment(folder, console.error)
const listen = parseNodeSettings(environment)
const assets = serveStatic({
  root: join(folder, 'static'),
  onFound: (_path, c) => c.header('Cache-Control', 'public, max-age=0, must-revalidate'),
})
const { store, close } = listen.ok
  ? await openStore(listen.value)
  : { store: null, close: () => {} }
const { app, problems, notices, settings } = start(environment, {
  write: console.log,
  assets,
  store,
})

// A missing secret or token is the deployment's to supply, and the app says so to whoever asks; a wrong value is a mistake.
const mistakes = [
  ...problems.filter(({ missing }) => !missing),
  ...(listen.ok ? [] : listen.problems),
]
if (mistakes.length > 0 || !listen.ok) fail(mistakes.map(toLine))
else {
  const { host, port } = listen.value
  const server = serve({ fetch: app.fetch, hostname: host, port }, (info) => {
    const shown = host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
    const model = settings?.model
      ? `${settings.model.model} (${settings.model.endpoint.protocol})`
      : 'the demo model'
    const state = settings ? `, with ${model}` : ', but is not set up yet'
    console.error(
      `${settings?.appName ?? 'aplly-chat'} is at http://${shown}:${info.port}${state}. Ctrl-C stops it.`,
    )
    for (const line of [...problems, ...notices].map(toLine)) console.error(line)
  })
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      fail([`Port ${port} is in use: stop the other program, or set PORT to another number.`])
    if (error.code === 'EACCES')
      fail([`Port ${port} may not be used by this user: set PORT to 1024 or more.`])
    fail([
      `Cannot listen on ${host}, port ${port} (${error.code ?? 'unknown reason'}): check HOST and PORT.`,
    ])
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      const end = (): void => {
        close()
        process.exit(0)
      }
      server.close(end)
      setTimeout(end, SHUTDOWN_MS).unref()
    })
  }
}

async function openStore(wanted: NodeSettings): Promise<NodeStore> {
  try {
    return await openNodeStore(wanted, folder, console.error)
  } catch (error) {
    return fail([error instanceof Error ? error.message : String(error)])
  }
}

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line)
  process.exit(1)
}
