/**
 * What can go wrong, as a closed union of codes, and the only place that knows their HTTP statuses
 * and public sentences. A sentence tells a person what to do; it never holds upstream text,
 * addresses, tokens or names of accounts.
 */

import type { LogFields } from './log.ts'

export type ErrorCode =
  | 'empty_message'
  | 'bad_request'
  | 'receipt_invalid'
  | 'receipt_conflict'
  | 'receipt_expired'
  | 'cross_site'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'unsupported_media_type'
  | 'model_unreachable'
  | 'model_error'
  | 'model_bad_response'
  | 'model_empty'
  | 'model_refused'
  | 'model_interrupted'
  | 'model_loading'
  | 'model_busy'
  | 'model_timeout'
  | 'shutting_down'
  | 'visitor_left'
  | 'conversations_full'
  | 'store_unavailable'
  | 'not_configured'
  | 'internal'

/**
 * What the model service did not accept of a request: its words, or its length. Chooses the
 * sentence.
 */
export type NotAccepted = 'message' | 'length'

/** What is not there, where that is no page of the app. Chooses the sentence. */
export type Missing = 'conversation' | 'copy' | 'turn'

/** What is not as it must be, where that is no message. Chooses the sentence. */
export type Unfit = 'title' | 'import' | 'preference'

export interface AppErrorOptions {
  /** For the log only: what exactly happened. Redacted there, never sent. */
  readonly detail?: string
  /** Seconds until another try makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number
  /**
   * The settings that are missing or invalid, by name; they are part of the public sentence of
   * `not_configured`.
   */
  readonly settings?: readonly string[]
  /** For `model_refused` and `model_error`, where the message itself may be the reason. */
  readonly notAccepted?: NotAccepted
  /** For `not_found`. */
  readonly missing?: Missing
  /** For `bad_request` and `too_large`. */
  readonly unfit?: Unfit
  readonly cause?: unknown
}

/** An outcome that ends a request, whose code says whose fault it was. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly detail: string
  readonly retryAfterSeconds: number | null
  readonly settings: readonly string[]
  readonly notAccepted: NotAccepted | null
  readonly missing: Missing | null
  readonly unfit: Unfit | null

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? code, { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.settings = options.settings ?? []
    this.notAccepted = options.notAccepted ?? null
    this.missing = options.missing ?? null
    this.unfit = options.unfit ?? null
  }
}

/** After so many seconds another process should answer. */
const RESTART_SECONDS = 2

/** The error of everything that the end of the process cuts off or comes too late for. */
export function shuttingDown(): AppError {
  return new AppError('shutting_down', { retryAfterSeconds: RESTART_SECONDS })
}

/** When the store cannot be reached, another try makes sense after so long. */
const STORE_SECONDS = 5

/** The error of what must be read from the store, or written to it, and cannot be now. */
export function storeUnavailable(): AppError {
  return new AppError('store_unavailable', { retryAfterSeconds: STORE_SECONDS })
}

export type ErrorStatus = 400 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 500 | 502 | 503 | 504

export interface WireError {
  readonly status: ErrorStatus
  readonly code: ErrorCode
  readonly sentence: string
  readonly retryAfterSeconds: number | null
}

/**
 * Turns anything thrown into what the outside may see. What is not an `AppError` becomes
 * `internal`.
 */
export function toWire(error: unknown): WireError {
  const known = error instanceof AppError ? error : new AppError('internal', { cause: error })
  const [status, sentence] = describe(known)
  return { status, code: known.code, sentence, retryAfterSeconds: known.retryAfterSeconds }
}

const NOT_ACCEPTED: Readonly<Record<NotAccepted, string>> = {
  message: 'The model service did not accept this message. Please put it in other words.',
  length: 'This is too long for the model. Please shorten the message.',
}

const MISSING: Readonly<Record<Missing, string>> = {
  conversation:
    'No conversation of this browser has this address. It may have been deleted or have ended, or it belongs to another browser.',
  copy: 'There is no shared conversation at this address. Its owner may have ended it, or its time is over.',
  turn: 'This conversation has no such question any more. Please reload the page.',
}

const UNFIT: Readonly<Record<Unfit, string>> = {
  title: 'A name must have 1 to 80 characters.',
  import:
    'This file could not be read as one conversation. It can be what "Save as JSON" gave, or an export of ChatGPT or llama.cpp.',
  preference: 'There is no such choice.',
}

function describe({
  code,
  settings,
  notAccepted,
  missing,
  unfit,
  retryAfterSeconds,
}: AppError): [ErrorStatus, string] {
  const later = retryAfterSeconds === null ? 'in a moment' : `in ${inWords(retryAfterSeconds)}`
  switch (code) {
    case 'empty_message':
      return [400, 'Empty message']
    case 'bad_request':
      return [
        400,
        unfit
          ? UNFIT[unfit]
          : 'The request could not be read: send JSON like {"message": "Hello"}.',
      ]
    case 'receipt_invalid':
      return [400, 'This receipt was not made by this chat.']
    case 'receipt_conflict':
      return [409, 'This reply belongs to another conversation, or to one that was started over.']
    case 'receipt_expired':
      return [410, 'This reply is too old to be added to the conversation.']
    case 'cross_site':
      return [403, 'This request came from another website, which may not use this chat.']
    case 'not_found':
      return [404, missing ? MISSING[missing] : 'There is no such page.']
    case 'method_not_allowed':
      return [405, 'This address does not answer that kind of request.']
    case 'too_large':
      return [
        413,
        unfit === 'import'
          ? 'This file is too large. A conversation of at most 1 MB can be imported.'
          : 'The message is too long. Please shorten it to at most 32,000 characters.',
      ]
    case 'unsupported_media_type':
      return [415, 'Send the message as JSON (application/json) or as a form.']
    case 'model_unreachable':
      return [502, 'The model service cannot be reached. Please try again in a moment.']
    case 'model_error':
      return [
        502,
        notAccepted ? NOT_ACCEPTED[notAccepted] : 'The model failed to answer. Please try again.',
      ]
    case 'model_bad_response':
      return [502, 'The model service sent an answer that makes no sense. Please try again.']
    case 'model_empty':
      return [502, 'The model said nothing. Please try again or put it in other words.']
    case 'model_refused':
      return [
        502,
        notAccepted
          ? `${NOT_ACCEPTED[notAccepted]} If it accepts none, the owner of this site must check its model settings.`
          : 'The model service refused the request. The owner of this site must check its model settings.',
      ]
    case 'model_interrupted':
      return [502, 'The model broke off in the middle of its answer. Please try again.']
    case 'model_loading':
      return [503, `The model is starting. Please try again ${later}.`]
    case 'model_busy':
      return [503, `The model is busy. Please try again ${later}.`]
    case 'model_timeout':
      return [504, 'The model took too long to answer. Please try again.']
    case 'shutting_down':
      return [503, `The server is being restarted. Please try again ${later}.`]
    case 'visitor_left':
      // For the log: nobody is there to read it.
      return [400, 'The connection was closed before the answer was ready.']
    case 'conversations_full':
      return [
        409,
        'This browser has as many conversations as it keeps here. Please delete one first.',
      ]
    case 'store_unavailable':
      return [503, `What was kept cannot be reached. Nothing is lost; please try again ${later}.`]
    case 'not_configured':
      return [503, `This app is not set up yet. Its owner must check: ${settings.join(', ')}.`]
    case 'internal':
      return [500, 'Something went wrong here. Please try again.']
  }
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}

/**
 * The owner's side of an error. Of an unexpected one its name and where it happened, not its
 * message, which may repeat what was being read.
 */
export function errorFields(error: unknown): LogFields {
  if (error instanceof AppError && error.code !== 'internal') {
    return { code: error.code, detail: error.detail }
  }
  return { code: 'internal', detail: placeOf(error) }
}

function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`
  const cause = error.cause === undefined ? '' : `; caused by ${placeOf(error.cause)}`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [error.name, ...frames.map((frame) => frame.trim())].join(' ') + cause
}
