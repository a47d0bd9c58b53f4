/** What is uploaded and downloaded, packed by gzip. */

import { gzipSync } from 'node:zlib'
import { workerBytes } from '../../support/worker-size.ts'
import { startProgram } from '../programs.ts'
import type { Run } from './run.ts'

/** In bytes. */
export interface Sizes {
  /** The Worker's script. */
  readonly worker: number
  /** The page and all that a browser fetches with it for the first time. */
  readonly firstVisit: number
  /** What of that is script. */
  readonly script: number
}

export async function measureSizes({ model, say }: Run): Promise<Sizes> {
  say('the Worker, a first visit and its script')
  const app = await startProgram('app', 'node', `${model.url}/piece/v1`)
  const page = await (await fetch(app.url)).text()
  const files = [...page.matchAll(/ (?:src|href)="(\/[^"?]+\.(?:js|css|svg|webmanifest))"/g)]
  const paths = ['/', ...files.map(([, path = '']) => path)]
  const sizes = await Promise.all(
    paths.map(async (path) => ({ path, bytes: await gzipped(app.url + path) })),
  )
  await app.close()
  const sum = (some: typeof sizes) => some.reduce((all, { bytes }) => all + bytes, 0)
  return {
    worker: await workerBytes(),
    firstVisit: sum(sizes),
    script: sum(sizes.filter(({ path }) => path.endsWith('.js'))),
  }
}

async function gzipped(url: string): Promise<number> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return gzipSync(await response.bytes()).length
}
