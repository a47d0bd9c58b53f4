/**
 * What a visitor may send: the request body, parsed from `unknown`. Knows no HTTP beyond that it
 * gave a value.
 *
 *     POST /chat          {"message": "Hi", "receipts": ["1.…"], "replaces": "last", "html": true}
 *     POST /chat/commit   {"receipts": ["1.…"]} or {"receipt": "1.…"}
 */

import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { MAX_REPLY_CHARS } from '../model/client/reply.ts'

/** Longest message, in characters (code points), after trimming. */
export const MAX_MESSAGE_CHARS = 32_000

/**
 * Longest body without receipts: twice a message of four bytes a character. A message that is all
 * escapes (`\u…`) can be too long for it.
 */
export const MAX_BODY_BYTES = 256 * 1024

/** A character takes at most four bytes of UTF-8, or of what its escape in JSON packs to. */
const MAX_BYTES_PER_CHAR = 4
/** The ids in a receipt, its signature and punctuation. */
const RECEIPT_FRAME_BYTES = 1024
/** Longest receipt: the longest message and reply, as base64url. */
const MAX_RECEIPT_CHARS = Math.ceil(
  ((MAX_MESSAGE_CHARS + MAX_REPLY_CHARS) * MAX_BYTES_PER_CHAR + RECEIPT_FRAME_BYTES) * (4 / 3),
)

/** Longest body with receipts: one of them goes along with any message. */
export const MAX_BODY_WITH_RECEIPTS_BYTES = MAX_BODY_BYTES + MAX_RECEIPT_CHARS

/** What a schema here says of a value that it refuses. For the log; the code follows from it. */
const EMPTY_MESSAGE = '"message" is empty'
const LONG_MESSAGE = '"message" is too long'
const NOT_OBJECT = 'the body is not an object'
const NOT_RECEIPTS = '"receipts" is not a list of strings'

type Fields = Readonly<Record<string, unknown>>

const fields = v.custom<Fields>(isFields, NOT_OBJECT)
const message = v.optional(
  v.pipe(
    v.string('"message" is not a string'),
    // Forms send `\r\n`.
    v.transform((text) => text.replace(/\r\n?/g, '\n').trim()),
    v.nonEmpty(EMPTY_MESSAGE),
    v.check((text) => !isLongerThan(text, MAX_MESSAGE_CHARS), LONG_MESSAGE),
  ),
  '',
)
const receipts = v.optional(v.array(v.string(NOT_RECEIPTS), NOT_RECEIPTS), [])
const replaces = v.optional(v.literal('last', '"replaces" is not "last"'))
const html = v.optional(v.unknown())

/** The body of `POST /chat`, as JSON or as the fields of a form. */
export const chatRequest = v.pipe(
  fields,
  v.transform(listReceipt),
  v.object({ message, receipts, replaces, html }),
  v.transform(
    (body): ChatRequest => ({
      message: body.message,
      receipts: body.receipts,
      replaces: body.replaces ?? 'nothing',
      wantsHtml: body.html === true,
    }),
  ),
)

/** The body of `POST /chat/commit`. What is no object brings no receipts. */
export const commitRequest = v.pipe(
  v.unknown(),
  v.transform((body) => listReceipt(isFields(body) ? body : {})),
  v.object({ receipts }),
  v.transform((body): CommitRequest => body),
)

/** A message for the model. */
export interface ChatRequest {
  /** 1 to `MAX_MESSAGE_CHARS` characters, trimmed; its line ends are `\n`. */
  readonly message: string
  /** Receipts that are not in the cookie yet, unopened, as many as there are. */
  readonly receipts: readonly string[]
  /** Whether the new turn takes the place of the conversation's last one. */
  readonly replaces: 'last' | 'nothing'
  /** Whether the reply is wanted rendered too. */
  readonly wantsHtml: boolean
}

/** Receipts of turns to be added. */
export interface CommitRequest {
  /** Unopened, as many as there are. */
  readonly receipts: readonly string[]
}

/**
 * Reads the body of `POST /chat`.
 *
 * @throws AppError `bad_request` when it is no object, or a field is not what it must be;
 *   `empty_message` when there is no message, or nothing is left of it after trimming; `too_large`
 *   beyond `MAX_MESSAGE_CHARS`. The message comes first.
 */
export function parseChatRequest(body: unknown): ChatRequest {
  return parse(chatRequest, body)
}

/**
 * Reads the body of `POST /chat/commit`; an empty list when there are no receipts.
 *
 * @throws AppError `bad_request` when the receipts are not strings
 */
export function parseCommitRequest(body: unknown): CommitRequest {
  return parse(commitRequest, body)
}

/** The error for what a schema of this file said of a value that it refused. */
export function toInputError(detail = NOT_OBJECT): AppError {
  if (detail === EMPTY_MESSAGE) return new AppError('empty_message')
  return new AppError(detail === LONG_MESSAGE ? 'too_large' : 'bad_request', { detail })
}

function parse<Output>(schema: v.GenericSchema<unknown, Output>, body: unknown): Output {
  // The first problem decides; the rest of a large body need not be looked at.
  const result = v.safeParse(schema, body, { abortEarly: true })
  if (!result.success) throw toInputError(result.issues[0].message)
  return result.output
}

function isFields(body: unknown): body is Fields {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
}

/** `receipt` is short for a list of one, where there is no list. */
function listReceipt(body: Fields): Fields {
  if ('receipts' in body || !('receipt' in body)) return body
  return { ...body, receipts: [body['receipt']] }
}

/** Counts code points, so that an emoji is one character as a person would say. */
function isLongerThan(text: string, maxChars: number): boolean {
  return text.length > maxChars && [...text].length > maxChars
}
