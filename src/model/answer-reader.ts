/**
 * Reads the body of a successful answer, whatever it turns out to be: events, one JSON body where events were asked for or the
 * other way round, or a page of HTML. The first byte that is no white space decides; content types are often wrong.
 */

import { AppError } from '../errors.ts'
import type { Finish } from './model.ts'
import type { Piece, Protocol } from './protocols/protocol.ts'
import { createEventReader, type ServerEvent } from './sse.ts'
import { isErrorBody, toModelError } from './upstream-error.ts'

/** A reply of 200 tokens is about 1 KB of text; whatever is a thousand times larger is no reply. */
const MAX_BODY_BYTES = 1024 * 1024

/**
 * Yields what the model wrote, piece by piece, and returns how it ended; null when it broke off without an end.
 *
 * @throws UpstreamError for an error inside the body, AppError `model_bad_response` for what is not the protocol's
 */
export async function* readAnswer(
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  const texts = decode(response)
  try {
    const head = await readHead(texts)
    const start = head.trimStart().charAt(0)
    if (start === '{' || start === '[') return yield* readJson(head, texts, response, protocol)
    // A comment, or the field `data`, `event`, `error`, `id` or `retry`; an empty stream is one too.
    if (/[:deir]/.test(start) || (start === '' && isEventStream(response))) {
      return yield* readEvents(head, texts, response, protocol)
    }
    throw new AppError('model_bad_response', { detail: 'the body is neither JSON nor events' })
  } finally {
    // Cancels the body, which closes the connection, however the reading ended.
    await texts.return()
  }
}

/** The beginning of the body, up to the first piece that is not blank. */
async function readHead(texts: AsyncGenerator<string, void, undefined>): Promise<string> {
  let head = ''
  for (;;) {
    const next = await texts.next()
    if (next.done) return head
    head += next.value
    if (next.value.trimStart() !== '') return head
    if (head.length > MAX_BODY_BYTES) {
      throw new AppError('model_bad_response', { detail: 'the body is blank' })
    }
  }
}

function isEventStream(response: Response): boolean {
  return (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream')
}

/** The body as text, UTF-8 put together across chunks, a byte order mark left out. */
async function* decode(response: Response): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

async function* readJson(
  head: string,
  texts: AsyncIterable<string>,
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  let text = head
  for await (const more of texts) {
    text += more
    if (text.length > MAX_BODY_BYTES) {
      throw new AppError('model_bad_response', { detail: `the body is over ${MAX_BODY_BYTES}` })
    }
  }
  const body = parseJson(text)
  if (isErrorBody(body)) throw toModelError(response.status, response.headers, body)
  const piece = protocol.readBody(body)
  if (!piece) throw new AppError('model_bad_response', { detail: 'the body holds no reply' })
  yield piece
  return piece.finish ?? 'stop'
}

async function* readEvents(
  head: string,
  texts: AsyncIterable<string>,
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  const reader = createEventReader()
  let finish: Finish | null = null
  for await (const events of batches(head, texts, reader)) {
    for (const event of events) {
      if (event.data === '') continue
      // Nothing that follows the end is read; some servers keep the connection open after it.
      if (event.data === '[DONE]') return finish ?? 'stop'
      const piece = readEvent(event, response, protocol)
      finish = piece.finish ?? finish
      yield piece
    }
  }
  return finish
}

async function* batches(
  head: string,
  texts: AsyncIterable<string>,
  reader: ReturnType<typeof createEventReader>,
): AsyncGenerator<readonly ServerEvent[], void, undefined> {
  yield reader.push(head)
  for await (const text of texts) yield reader.push(text)
  yield reader.end()
}

/** An error comes as an event of that name, or as an object with `error` in it, even where there are choices too. */
function readEvent({ name, data }: ServerEvent, response: Response, protocol: Protocol): Piece {
  const body = parseJson(data)
  if (name === 'error' || isErrorBody(body)) {
    const error = isErrorBody(body) ? body : { error: body }
    throw toModelError(response.status, response.headers, error)
  }
  const piece = protocol.readEvent(body)
  if (!piece) throw new AppError('model_bad_response', { detail: 'an event is not the protocol’s' })
  return piece
}

/** The parsed JSON, or the raw text when it is none. */
export function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text)
    return parsed
  } catch {
    return text
  }
}
