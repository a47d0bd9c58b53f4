/**
 * Reads an answer that comes as events. What goes wrong after the server has said how the reply
 * ended does not matter. Nothing is waited for longer than a second then.
 *
 *     text …  text, finish ──► usage ──► [DONE]
 *                          │◄── 1 s at most ──►│
 */

import { within } from '../../bounds/within.ts'
import { AppError } from '../../errors.ts'
import { parseJson } from '../json.ts'
import type { Finish } from '../model.ts'
import { hasWords, type Piece } from '../protocols/protocol.ts'
import { type AnswerEnd, type AnswerSource, type HearPiece, note } from './answer.ts'
import { isErrorBody } from './error-body.ts'
import { toModelError } from './refusal.ts'
import { createSseReader, type ServerEvent } from './sse.ts'

/** A stream has some 300 characters for each token: room for 80,000 of them. */
const MAX_STREAM_CHARS = 24 * 1024 * 1024
/** How much of a stream may come without a word in it: comments, figures, empty events. */
const MAX_SILENT_CHARS = 1024 * 1024
/** How much a model may think before and while it replies. */
const MAX_REASONING_CHARS = 256 * 1024
/** How long usage and `[DONE]` are waited for once the reply is known to be whole. */
const AFTER_FINISH_MS = 1000
/** Nothing that follows is read: some servers keep the connection open after it. */
const LAST_DATA = '[DONE]'

/** Reads to the end of the reply. The errors are those of `Answer`. */
export async function readEvents(source: AnswerSource, hear: HearPiece): Promise<AnswerEnd> {
  const { head, body, told } = source
  const reader = createSseReader()
  const watch = createWatch()
  try {
    for (let text: string | null = head; ; ) {
      for (const event of text === null ? reader.end() : reader.push(text)) {
        if (event.data === LAST_DATA) return watch.end('stop')
        const piece = toPiece(event, source)
        watch.see(piece)
        note(told, piece)
        if (hasWords(piece) && hear(piece) === 'enough') return 'enough'
      }
      if (text === null) return watch.end('broken')
      if (watch.isTooLong(text.length)) return watch.cutOff()
      text = watch.isFinished
        ? await within(watch.remainingMs(), body.read(), () => null)
        : await body.read()
    }
  } catch (thrown) {
    // The reply is whole: what broke is only what would have come after it.
    if (watch.isFinished) return watch.end('broken')
    throw thrown
  }
}

/** Watches a stream: how it ends, and what it costs if its words never come. */
interface Watch {
  /** The server has said how the reply ended. */
  readonly isFinished: boolean
  /** Takes note of what an event said. */
  see(piece: Piece): void
  /** Takes note of so much of the body; true when it is more than any answer needs. */
  isTooLong(chars: number): boolean
  /** How long the next piece of the body may be waited for, once the reply is whole. */
  remainingMs(): number
  /** How it ended: as the server told, else so. */
  end(otherwise: AnswerEnd): AnswerEnd
  /** How an answer ends that is too long: cut off if there was text, else it is none. */
  cutOff(): Finish
}

function createWatch(): Watch {
  let finish: Finish | null = null
  let finishedAt = 0
  let chars = 0
  let silentChars = 0
  let reasoningChars = 0
  let hasText = false
  return {
    get isFinished() {
      return finish !== null
    },
    see(piece) {
      const speaks = hasWords(piece)
      finish = piece.finish ?? finish
      hasText ||= piece.text !== ''
      reasoningChars += piece.reasoning.length
      if (speaks) silentChars = 0
      if (finish !== null && (speaks || piece.finish)) finishedAt = Date.now()
    },
    isTooLong(more) {
      chars += more
      silentChars += more
      return (
        chars > MAX_STREAM_CHARS ||
        silentChars > MAX_SILENT_CHARS ||
        reasoningChars > MAX_REASONING_CHARS
      )
    },
    remainingMs: () => Math.max(0, finishedAt + AFTER_FINISH_MS - Date.now()),
    end: (otherwise) => finish ?? otherwise,
    cutOff() {
      if (finish !== null) return finish
      if (hasText) return 'length'
      const detail = `no text in ${chars} characters, ${reasoningChars} of them reasoning`
      throw new AppError('model_bad_response', { detail })
    },
  }
}

/**
 * An error comes as an event of that name, or as an object with `error` in it, even where there are
 * choices too.
 */
function toPiece({ name, data }: ServerEvent, { response, protocol }: AnswerSource): Piece {
  const body = parseJson(data)
  if (name === 'error' || isErrorBody(body)) {
    const error = isErrorBody(body) ? body : { error: body }
    throw toModelError(response.status, response.headers, error)
  }
  const piece = protocol.readEvent(body)
  if (!piece) throw new AppError('model_bad_response', { detail: 'an event is not the protocol’s' })
  return piece
}
