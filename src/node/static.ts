/**
 * Serves the folder `static` as browsers expect: conditions, ranges, compression. On Workers the
 * platform does it. The files are read and compressed once, at the start. They have 100 KB in all,
 * and an answer that nobody reads then holds no memory of its own. Hono's `serveStatic` chooses the
 * form, and its `etag` compares. `If-Modified-Since`, ranges and 405 are ours.
 *
 * Only files are compressed. The frequent answers of the app are small, and an event stream must
 * not wait for a compressor.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Context, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { etag } from 'hono/etag'
import { serveStatic } from 'hono/serve-static'
import { AppError } from '../errors.ts'
import { parseRange } from './range.ts'

interface StaticFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Null where it would save less than a tenth. */
  readonly gzip: Uint8Array<ArrayBuffer> | null
  /** Of the content, so that the same version has the same tag on every machine. */
  readonly hash: string
  /** When it was changed, as in a header. */
  readonly modified: string
}

/**
 * The browser asks each time, as it does with Cloudflare's assets. So a deployment shows at once,
 * and an unchanged file is a 304.
 */
const CACHE_CONTROL = 'public, max-age=0, must-revalidate'

/** How `serveStatic` names the compressed form of a file. */
const GZIP_SUFFIX = '.gz'

/**
 * Serves the files that a folder holds now, and passes every other request on. Names that begin
 * with `_` or `.` are for the platform (`_headers`), and not for visitors.
 *
 * Throws `method_not_allowed` for a method that files do not answer.
 *
 * @throws Error when the folder cannot be read
 */
export function staticFiles(root: string): MiddlewareHandler {
  const files = readFiles(root)
  const serve = every(
    etag(),
    answerModifiedSince,
    answerRange(files),
    serveStatic({
      root: '',
      precompressed: true,
      getContent: async (path, c) => chooseContent(files, path, c),
    }),
  )
  return async function serveFile(c, next) {
    const file = files.get(c.req.path)
    if (!file) return next()
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      c.header('Allow', 'GET, HEAD')
      throw new AppError('method_not_allowed')
    }
    await serve(c, next)
    if (file.gzip) c.res.headers.set('Vary', 'Accept-Encoding')
  }
}

function readFiles(root: string): ReadonlyMap<string, StaticFile> {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^[_.]/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    paths.map((path) => [`/${relative(root, path).split(sep).join('/')}`, readFile(path)]),
  )
}

function readFile(path: string): StaticFile {
  const bytes = new Uint8Array(readFileSync(path))
  const gzip = new Uint8Array(gzipSync(bytes))
  return {
    bytes,
    gzip: gzip.length < bytes.length * 0.9 ? gzip : null,
    hash: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    modified: statSync(path).mtime.toUTCString(),
  }
}

/**
 * `serveStatic` asks for the file first, and then for its compressed form if the browser takes
 * that. It sends the last one that it got.
 */
function chooseContent(
  files: ReadonlyMap<string, StaticFile>,
  path: string,
  c: Context,
): Uint8Array<ArrayBuffer> | null {
  const isGzip = path.endsWith(GZIP_SUFFIX)
  const file = files.get(isGzip ? path.slice(0, -GZIP_SUFFIX.length) : path)
  const content = isGzip ? file?.gzip : file?.bytes
  if (!file || !content) return null
  c.header('ETag', isGzip ? `"${file.hash}-gzip"` : `"${file.hash}"`)
  c.header('Content-Length', String(content.length))
  c.header('Last-Modified', file.modified)
  c.header('Cache-Control', CACHE_CONTROL)
  c.header('Accept-Ranges', 'bytes')
  return content
}

/** RFC 9110 §13.1.3: where there is no `If-None-Match`, a file that is not newer is not sent. */
const answerModifiedSince: MiddlewareHandler = async function answerModifiedSince(c, next) {
  await next()
  if (c.req.header('If-None-Match') !== undefined || !c.res.ok) return
  const since = Date.parse(c.req.header('If-Modified-Since') ?? '')
  const modified = Date.parse(c.res.headers.get('Last-Modified') ?? '')
  if (modified <= since) replace(c, 304, null, ['Content-Length', 'Content-Type', 'Content-Range'])
}

/** A range counts the bytes of the file, not of its compressed form. */
function answerRange(files: ReadonlyMap<string, StaticFile>): MiddlewareHandler {
  return async function sendRange(c, next) {
    const bytes = files.get(c.req.path)?.bytes
    // A resumed download may hold parts of an older file. With `If-Range` the whole file is sent,
    // which is always right.
    const isAsked = c.req.method === 'GET' && c.req.header('If-Range') === undefined
    const range = parseRange((isAsked && c.req.header('Range')) || '', bytes?.length ?? 0)
    if (!bytes || range.kind === 'whole') return next()
    c.req.raw.headers.delete('Accept-Encoding')
    await next()
    if (range.kind === 'outside') {
      replace(c, 416, null, ['Content-Length', 'Content-Type'])
      c.res.headers.set('Content-Range', `bytes */${bytes.length}`)
    } else {
      replace(c, 206, bytes.subarray(range.start, range.end), ['Content-Length'])
      c.res.headers.set('Content-Range', `bytes ${range.start}-${range.end - 1}/${bytes.length}`)
    }
  }
}

/** Gives the answer another status and body, and removes the headers that are no longer true. */
function replace(
  c: Context,
  status: number,
  body: Uint8Array<ArrayBuffer> | null,
  untrue: readonly string[],
): void {
  const headers = new Headers(c.res.headers)
  for (const name of untrue) headers.delete(name)
  // Hono would otherwise add the old headers to the new answer.
  c.res = undefined
  c.res = new Response(body, { status, headers })
}
