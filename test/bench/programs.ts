/** The programs that a benchmark compares: the app, and what it is measured against. */

import { readFileSync } from 'node:fs'
import { copyFile, cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SETTING_NAMES } from '../../src/settings/table.ts'
import { findInGroup } from '../soak/watch.ts'
import { commandOf, createFolder, type Running, root, start } from './processes.ts'

export const RUNTIMES = ['node', 'workerd'] as const
export type Runtime = (typeof RUNTIMES)[number]

/** The last two there are on Workers only. */
export type Program =
  | 'app'
  /** Passes the request and the answer on. */
  | 'bare'
  /**
   * The same with the app's static files, before which the platform puts a router of its own
   * (https://developers.cloudflare.com/workers/static-assets/routing/).
   */
  | 'routed'
  /** The same as `bare`, but each piece of the answer passes through JavaScript. */
  | 'relay'

export const WRANGLER = join(root, 'node_modules/wrangler/bin/wrangler.js')
export const WRANGLER_ENV = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  // The platform has no such collector in the process.
  X_LOCAL_OBSERVABILITY: 'false',
  NO_COLOR: '1',
}

/** The model server of `model.ts`. */
export async function startModel(): Promise<Running> {
  return start([join(root, 'test/bench/model.ts')], {}, root)
}

/**
 * Starts one, with the app's settings at their defaults and a folder of its own.
 *
 * @param modelUrl up to `/v1`
 * @param more settings that are not the defaults
 */
export async function startProgram(
  program: Program,
  runtime: Runtime,
  modelUrl: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const settings: Record<string, string> = {
    ...Object.fromEntries(SETTING_NAMES.map((name) => [name, ''])),
    SESSION_SECRET: 'a secret of the bench long enough to sign with',
    ...more,
    HF_MODEL_URL: program === 'app' ? modelUrl : `${modelUrl}/chat/completions`,
  }
  return runtime === 'node' ? startOnNode(program, settings) : startOnWorkers(program, settings)
}

function startOnNode(program: Program, settings: Record<string, string>): Promise<Running> {
  const own = {
    NODE_ENV: 'production',
    PORT: '0',
    DATABASE_PATH: join(createFolder(), 'history.sqlite'),
  }
  const file =
    program === 'app' ? (process.env['BENCH_FILE'] ?? 'dist/node.mjs') : 'test/bench/bare-node.ts'
  return start([...flagsOf('BENCH_NODE_FLAGS'), join(root, file)], { ...settings, ...own }, root)
}

async function startOnWorkers(
  program: Program,
  settings: Record<string, string>,
): Promise<Running> {
  const folder = createFolder()
  const vars = program === 'relay' ? { ...settings, RELAY: '1' } : settings
  const command = [
    WRANGLER,
    'dev',
    ...flagsOf('BENCH_WRANGLER_FLAGS'),
    '--port=0',
    '--inspector-port=0',
    '--show-interactive-dev-session=false',
    `--persist-to=${folder}`,
    ...Object.entries(vars).flatMap((pair) => ['--var', pair.join(':')]),
  ]
  const env = { ...WRANGLER_ENV, WRANGLER_LOG_PATH: join(folder, 'logs') }
  const cwd = program === 'app' ? root : await createBareWorker(program === 'routed')
  const wrangler = await start(command, env, cwd)
  const all = await findInGroup(wrangler.pid, 'workerd')
  // wrangler starts a second one, as a proxy before it, which nothing can be debugged in.
  const pid = all.find((one) => commandOf(one).includes('--inspector-addr'))
  if (pid === undefined) throw new Error('Cannot find the workerd that holds the Worker')
  return { ...wrangler, pid }
}

/**
 * Gives the folder of a bare Worker, which runs with the compatibility date and flags of the app.
 *
 * @param withFiles whether it has the app's static files, too
 */
export async function createBareWorker(withFiles = false): Promise<string> {
  const folder = createFolder()
  const compatibility = readFileSync(join(root, 'wrangler.toml'), 'utf8').match(
    /^compatibility_.*$/gm,
  )
  const lines = ['name = "bare"', 'main = "bare-worker.ts"', ...(compatibility ?? [])]
  if (withFiles) {
    lines.push('[assets]', 'directory = "./static"')
    await cp(join(root, 'static'), join(folder, 'static'), { recursive: true })
  }
  await writeFile(join(folder, 'wrangler.toml'), lines.join('\n'))
  await copyFile(join(root, 'test/bench/bare-worker.ts'), join(folder, 'bare-worker.ts'))
  return folder
}

/** For experiments: flags for the program that runs the app. */
function flagsOf(variable: string): string[] {
  return (process.env[variable] ?? '').split(' ').filter((flag) => flag !== '')
}
