/** How large the Worker is. */

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Its script as it is uploaded, packed by gzip, in bytes. */
export async function workerBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/worker.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
  })
  return gzipSync(outputFiles[0]?.contents ?? '').length
}
