/**
 * `POST /import`: a new conversation with the turns of a file, as JSON or as a form's `file`. It
 * takes what `GET /history` gave, and one conversation of an export of ChatGPT or llama.cpp.
 */

import { type Context, Hono } from 'hono'
import { readBytes } from '../bounds/read-bytes.ts'
import type { AppEnv } from '../context.ts'
import { type Imported, MAX_IMPORT_BYTES, readImport } from '../conversation/import.ts'
import { AppError } from '../errors.ts'
import { done } from '../http/done.ts'
import { isUpload, mediaType } from '../http/negotiate.ts'
import type { Sessions } from '../http/session.ts'
import { addressOf } from '../session/address.ts'
import type { NewReply } from '../wire.ts'

/** What a form puts around its file. */
const FRAME_BYTES = 16 * 1024
/** A sender of a few megabytes too many still gets the answer instead of a broken connection. */
const DRAIN_BYTES = 8 * 1024 * 1024

export function importRoutes({ openRoot, settle, start }: Sessions) {
  return new Hono<AppEnv>().post('/import', openRoot, async (c) => {
    const { title, turns, forgotten } = await readFile(c)
    const { id } = await settle(c.var.session.visit, {
      ...start(),
      turns,
      forgotten,
      ...(title !== '' && { name: title }),
    })
    return done(c, `${addressOf(id)}#end`, { id } satisfies NewReply)
  })
}

/** @throws AppError `bad_request`, `too_large` or `unsupported_media_type` */
async function readFile(c: Context): Promise<Imported> {
  const type = mediaType(c)
  if (type !== 'application/json' && !isUpload(c)) throw new AppError('unsupported_media_type')
  const bytes = await readBytes(c.req.raw.body, MAX_IMPORT_BYTES + FRAME_BYTES, DRAIN_BYTES)
  if (!bytes) throw new AppError('too_large', { unfit: 'import' })
  const text = isUpload(c) ? await fileOf(c, bytes) : new TextDecoder().decode(bytes)
  if (text.length > MAX_IMPORT_BYTES) throw new AppError('too_large', { unfit: 'import' })
  try {
    const imported = readImport(JSON.parse(text), Date.now())
    if (imported) return imported
  } catch {
    // It is no JSON. The sentence says what it can be.
  }
  throw new AppError('bad_request', { unfit: 'import', detail: 'no format of an import' })
}

async function fileOf(c: Context, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const headers = { 'Content-Type': c.req.header('Content-Type') ?? '' }
  const form = await new Response(bytes, { headers }).formData().catch(() => null)
  const file = form?.get('file') ?? null
  if (file === null) throw new AppError('bad_request', { unfit: 'import', detail: 'no file' })
  return typeof file === 'string' ? file : file.text()
}
