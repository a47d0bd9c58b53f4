/**
 * What a model server's refusal means, from its status, headers and body. Pure. The rich reason goes to the log as the
 * error's detail; the visitor sees only the code's own sentence. Sources of the shapes and words: Hugging Face's clients and
 * huggingface/text-generation-inference, vLLM, llama.cpp and Ollama, each at the place where it is read.
 */

import { AppError, type ErrorCode } from '../errors.ts'
import { first, property } from './protocols/protocol.ts'

/** What kind of failure it is, as far as the client treats kinds differently. */
export type FailureKind =
  /** Token, credits, permission, unknown model, gone, paused: trying again does not help for now. */
  | 'refused'
  /** The roles or the system message do not suit the model's template. */
  | 'template'
  /** The conversation is longer than the model can read. */
  | 'too_long'
  /** Any other request that the server does not want. */
  | 'bad_request'
  /** It was a 3xx, or a wrong address: the owner must change the URL. */
  | 'misdirected'
  | 'loading'
  | 'busy'
  /** The server failed at this request, and may at the next. */
  | 'failed'
  /** A gateway could not reach the server. */
  | 'gateway'
  /** A gateway gave up waiting for the server. */
  | 'timeout'
  /** The connection was refused, or broke before the first word. */
  | 'network'

const CODES: Readonly<Record<FailureKind, ErrorCode>> = {
  refused: 'model_refused',
  template: 'model_error',
  too_long: 'model_error',
  bad_request: 'model_error',
  misdirected: 'model_refused',
  loading: 'model_loading',
  busy: 'model_busy',
  failed: 'model_error',
  gateway: 'model_error',
  timeout: 'model_timeout',
  network: 'model_unreachable',
}

/** A failure before the first word, with what a retry needs to know. */
export class UpstreamError extends AppError {
  readonly kind: FailureKind
  /** Milliseconds that the server wants us to wait; null when it does not say. */
  readonly waitMs: number | null
  /** What the server said, for the log and for reading numbers out of it. Never for the visitor. */
  readonly said: string

  constructor(kind: FailureKind, detail: string, said = '', waitMs: number | null = null) {
    const fallback = RETRY_AFTER_SECONDS[kind]
    const seconds = waitMs === null ? fallback : Math.ceil(waitMs / 1000)
    super(CODES[kind], {
      detail,
      ...(fallback === undefined || seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    })
    this.kind = kind
    this.said = said
    this.waitMs = waitMs
  }
}

/** For servers that do not say when to come back: llama.cpp while it loads, TGI when it is overloaded. */
const RETRY_AFTER_SECONDS: Partial<Record<FailureKind, number>> = { loading: 10, busy: 5 }

const MAX_DETAIL_CHARS = 300
/** Longest wait that is passed on; servers' guesses beyond it are worth nothing. */
const MAX_WAIT_MS = 3_600_000

const LOADING = /\bloading\b|\bscal(?:ing|ed) (?:up|to zero)|\bstarting\b|\binitializ/i
const UNKNOWN_MODEL =
  /model.{0,80}(?:not (?:supported|found|exist)|does not exist)|\binvalid state\b/i
const TOO_LONG =
  /must have less than \d+ tokens|must be <= ?\d+|context (?:length|size|window)|maximum context|too many tokens|prompt is too long/i
const TEMPLATE =
  /\btemplate|\bjinja|roles must alternate|system role not supported|only user and assistant roles/i

/**
 * Names the failure for an answer that is not a reply.
 *
 * @param status the HTTP status; 200 for an error inside a body or a stream that began well
 * @param body the parsed JSON, or the raw text when it is none
 */
export function toModelError(status: number, headers: Headers, body: unknown): UpstreamError {
  const said = messageOf(body)
  const detail = `model server answered ${status}: ${said.slice(0, MAX_DETAIL_CHARS) || 'no message'}`
  return new UpstreamError(kindOf(status, said, body), detail, said, waitMsOf(headers, body))
}

/** True when JSON that came with a success status is an error all the same, as several servers and gateways send it. */
export function isErrorBody(body: unknown): boolean {
  const error = property(subjectOf(body), 'error')
  if (error !== undefined && error !== null && error !== false) return true
  return property(first(property(body, 'choices')), 'finish_reason') === 'error'
}

function kindOf(status: number, said: string, body: unknown): FailureKind {
  if (status >= 300 && status < 400) return 'misdirected'
  if ([401, 402, 403, 410].includes(status)) return 'refused'
  if (status === 404) return 'refused'
  if (status === 405 || status === 415) return 'misdirected'
  if (status === 429) return 'busy'
  if (TOO_LONG.test(said)) return 'too_long'
  if (TEMPLATE.test(said)) return 'template'
  if (status === 413) return 'too_long'
  if (LOADING.test(said) && (status === 503 || status === 200)) return 'loading'
  if (status === 503 || property(subjectOf(body), 'error_type') === 'overloaded') return 'busy'
  if (status === 400 && UNKNOWN_MODEL.test(said)) return 'refused'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 502) return 'gateway'
  if (status >= 500 || status === 424 || status === 200) return 'failed'
  return 'bad_request'
}

/** The message, in the order in which the field's servers hide it; markup is no message. */
function messageOf(body: unknown): string {
  if (typeof body === 'string') {
    return body.trimStart().startsWith('<') ? 'a page of HTML' : body.trim()
  }
  const subject = subjectOf(body)
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

/** Text Generation Inference wraps its root's answers into a list, errors too. */
function subjectOf(body: unknown): unknown {
  return Array.isArray(body) ? first(body) : body
}

/**
 * How long the server wants us to wait: `retry-after-ms`, `Retry-After` (RFC 9110 §10.2.3, seconds or a date), `RateLimit`
 * with nothing left (huggingface.co/docs/hub/rate-limits), or the `estimated_time` of a loading model.
 */
function waitMsOf(headers: Headers, body: unknown): number | null {
  const header = headers.get('Retry-After')?.trim() ?? ''
  const limit = /\br=0\b.*?\bt=(\d+)/.exec(headers.get('RateLimit') ?? '')?.[1]
  const estimate = property(subjectOf(body), 'estimated_time')
  const candidates = [
    Number.parseFloat(headers.get('Retry-After-Ms') ?? ''),
    /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now(),
    Number(limit) * 1000,
    typeof estimate === 'number' ? estimate * 1000 : Number.NaN,
  ]
  const waitMs = candidates.find((candidate) => Number.isFinite(candidate) && candidate > 0)
  return waitMs === undefined ? null : Math.min(waitMs, MAX_WAIT_MS)
}
