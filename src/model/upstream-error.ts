/**
 * What a model server's refusal means, from its status, headers and body. Pure. The rich reason goes to the log as the
 * error's detail; the visitor sees only the code's own sentence.
 */

import { AppError, type ErrorCode } from '../errors.ts'
import { first, property } from './protocols/protocol.ts'

const MAX_DETAIL_CHARS = 300
/** Longest wait that is passed on to a visitor; servers' guesses beyond it are worth nothing. */
const MAX_RETRY_AFTER_SECONDS = 3600

/** For servers that do not say when to come back: llama.cpp while it loads, TGI when it is overloaded. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { model_loading: 10, model_busy: 5 }

const LOADING = /\bloading\b|\bscal(?:ing|ed) (?:up|to zero)|\bstarting\b|\binitializ/i
const UNKNOWN_MODEL =
  /model.{0,80}(?:not (?:supported|found|exist)|does not exist)|\binvalid state\b/i

/**
 * Names the code for a response that is not a reply.
 *
 * @param body the parsed JSON, or the raw text when it is none
 */
export function toModelError(status: number, headers: Headers, body: unknown): AppError {
  const message = messageOf(body)
  const code = codeOf(status, message, body)
  const fallback = RETRY_AFTER_SECONDS[code] ?? null
  const seconds = fallback === null ? null : (retryAfterSeconds(headers, body) ?? fallback)
  return new AppError(code, {
    detail: `model server answered ${status}: ${message.slice(0, MAX_DETAIL_CHARS) || 'no message'}`,
    ...(seconds === null ? {} : { retryAfterSeconds: seconds }),
  })
}

/** True when JSON that came with a success status is an error all the same, as several servers send it. */
export function isErrorBody(body: unknown): boolean {
  const subject = Array.isArray(body) ? first(body) : body
  const error = property(subject, 'error')
  return error !== undefined && error !== null && error !== false
}

function codeOf(status: number, message: string, body: unknown): ErrorCode {
  if (status >= 300 && status < 400) return 'model_refused'
  if ([401, 402, 403, 404, 405, 410].includes(status)) return 'model_refused'
  if (status === 429) return 'model_busy'
  if (status === 408 || status === 504) return 'model_timeout'
  if (LOADING.test(message) && (status === 503 || status === 200)) return 'model_loading'
  if (status === 503 || typeOf(body) === 'overloaded') return 'model_busy'
  if (status === 400 && UNKNOWN_MODEL.test(message)) return 'model_refused'
  return 'model_error'
}

/** The message, in the order in which the field's servers hide it; markup is no message. */
function messageOf(body: unknown): string {
  if (typeof body === 'string')
    return body.trimStart().startsWith('<') ? 'a page of HTML' : body.trim()
  const subject = Array.isArray(body) ? first(body) : body
  const error = property(subject, 'error')
  const candidates = [
    error,
    Array.isArray(error) ? error.join('; ') : undefined,
    property(error, 'message'),
    property(subject, 'message'),
    property(subject, 'detail'),
    property(first(property(subject, 'detail')), 'msg'),
  ]
  return candidates.find((candidate) => typeof candidate === 'string') ?? ''
}

function typeOf(body: unknown): unknown {
  return property(Array.isArray(body) ? first(body) : body, 'error_type')
}

/** `Retry-After` (RFC 9110 §10.2.3, seconds or a date), or the `estimated_time` of a loading model, in whole seconds. */
function retryAfterSeconds(headers: Headers, body: unknown): number | null {
  const header = headers.get('Retry-After')?.trim() ?? ''
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  const estimate = property(Array.isArray(body) ? first(body) : body, 'estimated_time')
  const wait = Number.isFinite(seconds)
    ? seconds
    : typeof estimate === 'number'
      ? estimate
      : Number.NaN
  return Number.isFinite(wait) && wait > 0
    ? Math.ceil(Math.min(wait, MAX_RETRY_AFTER_SECONDS))
    : null
}
