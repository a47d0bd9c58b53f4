/**
 * Reads the body of a successful answer, whatever it turns out to be: events, one JSON body where
 * events were asked for or the other way round, or a page of HTML. The first byte that is no white
 * space decides; content types are often wrong.
 */

import { AppError } from '../../errors.ts'
import { parseJson } from '../json.ts'
import { hasWords, type Protocol } from '../protocols/protocol.ts'
import {
  type Answer,
  type AnswerEnd,
  type AnswerSource,
  type HearPiece,
  note,
  type Told,
} from './answer.ts'
import { type BodyText, createBodyText } from './body-text.ts'
import { isErrorBody } from './error-body.ts'
import { readEvents } from './event-reader.ts'
import { toModelError } from './refusal.ts'

/** A reply of 200 tokens is about 1 KB of text; whatever is a thousand times larger is no reply. */
const MAX_BODY_CHARS = 1024 * 1024
/** The first byte of a JSON body. */
const FIRST_BYTE_OF_JSON = /[[{]/
/** A comment, or the first letter of the fields `data`, `event`, `error`, `id` and `retry`. */
const FIRST_BYTE_OF_EVENTS = /[:deir]/

/**
 * Reads up to the first byte that tells what the body is.
 *
 * @throws UpstreamError for a connection that broke, AppError `model_bad_response` for a body that
 *   is neither JSON nor events; the connection is closed then
 */
export async function readAnswer(response: Response, protocol: Protocol): Promise<Answer> {
  const body = createBodyText(response)
  const close = (): void => body.cancel()
  try {
    const head = await readHead(body)
    const told: Told = { usage: null, model: null }
    const source = { head, body, response, protocol, told }
    const start = head.trimStart().charAt(0)
    if (FIRST_BYTE_OF_JSON.test(start))
      return { read: (hear) => readJson(source, hear), told, close }
    const isEmptyStream = start === '' && isEventStream(response)
    if (FIRST_BYTE_OF_EVENTS.test(start) || isEmptyStream) {
      return { read: (hear) => readEvents(source, hear), told, close }
    }
    throw new AppError('model_bad_response', { detail: 'the body is neither JSON nor events' })
  } catch (thrown) {
    close()
    throw thrown
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

async function readJson(
  { head, body, response, protocol, told }: AnswerSource,
  hear: HearPiece,
): Promise<AnswerEnd> {
  let text = head
  for (let more = await body.read(); more !== null; more = await body.read()) {
    text += more
    if (text.length > MAX_BODY_CHARS) {
      throw new AppError('model_bad_response', { detail: `the body is over ${MAX_BODY_CHARS}` })
    }
  }
  const parsed = parseJson(text)
  if (isErrorBody(parsed)) throw toModelError(response.status, response.headers, parsed)
  const piece = protocol.readBody(parsed)
  if (!piece) throw new AppError('model_bad_response', { detail: 'the body holds no reply' })
  note(told, piece)
  if (hasWords(piece) && hear(piece) === 'enough') return 'enough'
  return piece.finish ?? 'stop'
}
