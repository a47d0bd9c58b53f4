/**
 * Reads the body of a successful answer, whatever it turns out to be: events, one JSON body where
 * events were asked for or the other way round, or a page of HTML. The first byte that is no white
 * space decides; content types are often wrong.
 */

import { within } from '../../bounds/within.ts'
import { AppError } from '../../errors.ts'
import type { Finish } from '../model.ts'
import type { Piece, Protocol } from '../protocols/protocol.ts'
import { type BodyText, createBodyText } from './body-text.ts'
import { isErrorBody } from './error-body.ts'
import { createEventReader, type ServerEvent } from './sse.ts'
import { toModelError } from './upstream-error.ts'

/** A reply of 200 tokens is about 1 KB of text; whatever is a thousand times larger is no reply. */
const MAX_BODY_CHARS = 1024 * 1024
/** A stream has some 300 characters for each token: room for 80,000 of them. */
const MAX_STREAM_CHARS = 24 * 1024 * 1024
/** So much of a stream may come without a word in it: comments, figures, empty events. */
const MAX_SILENT_CHARS = 1024 * 1024
/** So much may a model think before and while it replies. */
const MAX_REASONING_CHARS = 256 * 1024
/** So long figures of usage and `[DONE]` are waited for once the reply is known to be whole. */
const AFTER_FINISH_MS = 1000

/**
 * Yields what the model wrote, piece by piece, and returns how it ended; null when it broke off
 * without an end. Every piece holds text or reasoning. What goes wrong after the server has said
 * how the reply ended does not matter, and nothing is waited for longer than a second then.
 *
 * @throws UpstreamError for an error inside the body and for a connection that broke, AppError
 *   `model_bad_response` for what is not the protocol's or has no end
 */
export async function* readAnswer(
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  const body = createBodyText(response)
  try {
    const head = await readHead(body)
    const start = head.trimStart().charAt(0)
    if (start === '{' || start === '[') return yield* readJson(head, body, response, protocol)
    // A comment, or the field `data`, `event`, `error`, `id` or `retry`; an empty stream is one
    // too.
    if (/[:deir]/.test(start) || (start === '' && isEventStream(response))) {
      return yield* readEvents(head, body, response, protocol)
    }
    throw new AppError('model_bad_response', { detail: 'the body is neither JSON nor events' })
  } finally {
    // Closes the connection, however the reading ended.
    body.cancel()
  }
}

/** The beginning of the body, up to the first piece that is not blank. */
async function readHead(body: BodyText): Promise<string> {
  let head = ''
  for (;;) {
    const piece = await body.read()
    if (piece === null) return head
    head += piece
    if (piece.trimStart() !== '') return head
    if (head.length > MAX_BODY_CHARS) {
      throw new AppError('model_bad_response', { detail: 'the body is blank' })
    }
  }
}

function isEventStream(response: Response): boolean {
  return (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream')
}

async function* readJson(
  head: string,
  body: BodyText,
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  let text = head
  for (let piece = await body.read(); piece !== null; piece = await body.read()) {
    text += piece
    if (text.length > MAX_BODY_CHARS) {
      throw new AppError('model_bad_response', { detail: `the body is over ${MAX_BODY_CHARS}` })
    }
  }
  const parsed = parseJson(text)
  if (isErrorBody(parsed)) throw toModelError(response.status, response.headers, parsed)
  const piece = protocol.readBody(parsed)
  if (!piece) throw new AppError('model_bad_response', { detail: 'the body holds no reply' })
  if (hasWords(piece)) yield piece
  return piece.finish ?? 'stop'
}

async function* readEvents(
  head: string,
  body: BodyText,
  response: Response,
  protocol: Protocol,
): AsyncGenerator<Piece, Finish | null, undefined> {
  const reader = createEventReader()
  const bounds = createBounds()
  let finish: Finish | null = null
  let finishedAt = 0
  let reasoningChars = 0
  try {
    for (let text: string | null = head; ; ) {
      for (const event of text === null ? reader.end() : reader.push(text)) {
        // Nothing that follows the end is read; some servers keep the connection open after it.
        if (event.data === '[DONE]') return finish ?? 'stop'
        const piece = readEvent(event, response, protocol)
        finish = piece.finish ?? finish
        if (hasWords(piece) || piece.finish) finishedAt = Date.now()
        bounds.count(piece)
        reasoningChars += piece.reasoningChars
        if (piece.text !== '') yield piece
      }
      // One sign of life for each piece of the body is enough: a model may think in 60,000 events.
      if (reasoningChars > 0) yield { text: '', finish: null, reasoningChars }
      reasoningChars = 0
      if (text === null) return finish
      if (bounds.areOver(text.length)) return finish ?? bounds.end()
      text = await (finish === null
        ? body.read()
        : within(finishedAt + AFTER_FINISH_MS - Date.now(), body.read(), () => null))
    }
  } catch (thrown) {
    // The reply is whole: what broke is only what would have come after it.
    if (finish !== null) return finish
    throw thrown
  }
}

interface Bounds {
  /** Takes note of what an event said. */
  count(piece: Piece): void
  /** Takes note of so much of the body; true when it is more than any answer needs. */
  areOver(chars: number): boolean
  /** How an answer ends that is too long: cut off if there was text, else as none. */
  end(): Finish
}

/** Bounds what a stream costs whose words never come, however fast it is. */
function createBounds(): Bounds {
  let chars = 0
  let silentChars = 0
  let reasoningChars = 0
  let hasText = false
  return {
    count(piece) {
      reasoningChars += piece.reasoningChars
      hasText ||= piece.text !== ''
      if (hasWords(piece)) silentChars = 0
    },
    areOver(more) {
      chars += more
      silentChars += more
      return (
        chars > MAX_STREAM_CHARS ||
        silentChars > MAX_SILENT_CHARS ||
        reasoningChars > MAX_REASONING_CHARS
      )
    },
    end() {
      if (hasText) return 'length'
      const detail = `no text in ${chars} characters, ${reasoningChars} of them reasoning`
      throw new AppError('model_bad_response', { detail })
    },
  }
}

function hasWords({ text, reasoningChars }: Piece): boolean {
  return text !== '' || reasoningChars > 0
}

/**
 * An error comes as an event of that name, or as an object with `error` in it, even where there are
 * choices too.
 */
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
