/**
 * The folder `static`, as browsers expect files to be served: conditions, ranges, compression. On Workers the platform does it.
 * Hono's middleware and node-server's do most. Ours is what they lack: a validator that costs no reading, `If-Modified-Since`,
 * ranges that must be ignored (node-server answers those with 206 or 416), and 405.
 *
 * Only files are compressed. What the app answers is no larger than a few KB where it is frequent, a proxy may compress it, and
 * an event stream must not wait for a compressor.
 */

import { readdirSync, statSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { AppError } from '../errors.ts'

/** Asked for each time, as Cloudflare's assets are: a deployment shows at once, and an unchanged file is a 304. */
const CACHE_CONTROL = 'public, max-age=0, must-revalidate'

/** The one form of `Range` that is answered with 206 or 416 (RFC 9110 §14.2 lets a server ignore any other). */
const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-\d+)$/

/**
 * Serves the files that a folder holds now, and passes everything else on. Names that begin with `_` or `.` are for the platform
 * (`_headers`), not for visitors.
 *
 * Throws `method_not_allowed` for a method that files do not answer.
 */
export function staticFiles(root: string): MiddlewareHandler {
  const paths = listPaths(root)
  const serve = every(
    compress(),
    etag(),
    answerModifiedSince,
    dropIgnoredRange,
    serveStatic({ root, onFound: describeFile }),
  )
  return async function serveFile(c, next) {
    if (!paths.has(c.req.path)) return next()
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      c.header('Allow', 'GET, HEAD')
      throw new AppError('method_not_allowed')
    }
    return serve(c, next)
  }
}

function listPaths(root: string): ReadonlySet<string> {
  try {
    const files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^[_.]/.test(basename(entry.name)))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    return new Set(files.map((path) => `/${path.split(sep).join('/')}`))
  } catch {
    // The page then has no style and no script; node-server says that the folder is missing.
    return new Set()
  }
}

/** Size and time of change tell versions apart, as nginx does it; hono/etag alone would read the file, or tag a part of it. */
function describeFile(path: string, c: Context): void {
  const { size, mtimeMs } = statSync(path)
  c.header('ETag', `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`)
  c.header('Cache-Control', CACHE_CONTROL)
  c.header('Accept-Ranges', 'bytes')
}

/** RFC 9110 §13.1.3: without `If-None-Match`, a file that is no newer is not sent. */
const answerModifiedSince: MiddlewareHandler = async function answerModifiedSince(c, next) {
  await next()
  if (c.req.header('If-None-Match') !== undefined || !c.res.ok) return
  const since = Date.parse(c.req.header('If-Modified-Since') ?? '')
  const modified = Date.parse(c.res.headers.get('Last-Modified') ?? '')
  if (!(modified <= since)) return
  await c.res.body?.cancel()
  const headers = new Headers(c.res.headers)
  for (const name of ['Content-Length', 'Content-Type', 'Content-Range']) headers.delete(name)
  c.res = undefined
  c.res = new Response(null, { status: 304, headers })
}

/** A resumed download may hold parts of an older file, so with `If-Range` the whole one is sent, which is always right. */
const dropIgnoredRange: MiddlewareHandler = function dropIgnoredRange(c, next) {
  const [range, first = '0', last = ''] = SINGLE_RANGE.exec(c.req.header('Range') ?? '') ?? []
  const isReversed = last !== '' && Number(last) < Number(first)
  if (range === undefined || isReversed || c.req.header('If-Range') !== undefined) {
    c.req.raw.headers.delete('Range')
  }
  return next()
}
