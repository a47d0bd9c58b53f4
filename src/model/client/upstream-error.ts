/**
 * What a model server's failure means, from its status, headers and body. Pure. The kind decides
 * everything else: whom the failure is about and which code the visitor's answer gets (`MEANINGS`),
 * and what is done next (`recovery.ts`, `retry.ts`). The detail for the log is put together from
 * our own words: a body may repeat what a visitor wrote. From the top, the first row that fits:
 *
 *     status; words           kind           about    next           then, for the visitor
 *     ──────────────────────  ─────────────  ───────  ─────────────  ─────────────────────
 *     3xx, 405, 415           misdirected    request  give up        model_refused
 *     401, 402                unauthorized   owner    give up, 30 s  model_refused
 *     403                     forbidden      request  give up        model_refused
 *     429                     busy           server   wait, 2 times  model_busy
 *     400, 404, 410; by name  unknown_model  owner    give up, 30 s  model_refused
 *     404, 410                misdirected    request  give up        model_refused
 *     any; context, tokens    too_long       request  shrink once    model_error
 *     any; template, roles    template       request  fold once      model_error
 *     400, 422; a field       unknown_field  request  omit usage     model_error
 *     413                     too_long       request  shrink once    model_error
 *     503, 200; loading       loading        server   wait, 2 times  model_loading
 *     503; or overloaded      busy           server   wait, 2 times  model_busy
 *     400; paused, a model    misdirected    request  give up        model_refused
 *     408, 504                timeout        server   wait, 2 times  model_timeout
 *     502                     gateway        server   wait, 2 times  model_error
 *     5xx, 424, 200           failed         server   wait, once     model_error
 *     anything else           bad_request    request  give up        model_error
 *     no connection           network        server   wait, 2 times  model_unreachable
 *
 * "Give up, 30 s" is remembered (`refusal-memory.ts`): other visitors are answered so without
 * asking again. A status of 200 is an error inside a body or a stream that began well. After the
 * first word nothing is tried again, and a connection that breaks is `model_interrupted`.
 */

import { AppError, type ErrorCode, type NotAccepted } from '../../errors.ts'
import { textOf } from '../content.ts'
import type { Message } from '../model.ts'
import { knownWordOf, messageOf, waitMsOf } from './error-body.ts'
import { doesNotKnowModel, mayNotKnowModel } from './unknown-model.ts'

/** What kind of failure it is, as far as the client treats kinds differently. */
export type FailureKind =
  /** 401 and 402: the token is wrong, or its credits are spent. */
  | 'unauthorized'
  /** The server says by name that it does not have the model. */
  | 'unknown_model'
  /** 403: no permission, or a filter that does not want this message. */
  | 'forbidden'
  /** A 3xx, a wrong address, a paused endpoint: most likely the owner must change a setting. */
  | 'misdirected'
  /** The roles or the system message do not suit the model's template. */
  | 'template'
  /** The conversation is longer than the model can read. */
  | 'too_long'
  /** A field that was sent, most likely `stream_options`, is none that the server takes. */
  | 'unknown_field'
  /** Any other request that the server does not want. */
  | 'bad_request'
  | 'loading'
  | 'busy'
  /** The server failed at this request, and may at the next. */
  | 'failed'
  /** A gateway could not reach the server. */
  | 'gateway'
  /** A gateway gave up waiting for the server. */
  | 'timeout'
  /** The connection was refused, or broke. */
  | 'network'

interface Meaning {
  readonly code: ErrorCode
  /**
   * Whom the failure is about. `owner`: every request fails alike until the owner changes
   * something, whatever a visitor writes; only this may be remembered. `request`: it may be about
   * this message, and another visitor's may be welcome. `server`: it is about the moment.
   */
  readonly about: 'owner' | 'request' | 'server'
  readonly notAccepted?: NotAccepted
  /**
   * For servers that do not say when to come back: llama.cpp while it loads, TGI when overloaded.
   */
  readonly retryAfterSeconds?: number
}

const MEANINGS: Readonly<Record<FailureKind, Meaning>> = {
  unauthorized: { code: 'model_refused', about: 'owner' },
  unknown_model: { code: 'model_refused', about: 'owner' },
  forbidden: { code: 'model_refused', about: 'request', notAccepted: 'message' },
  // A filter in between can answer so to one message, so it is not held against others.
  misdirected: { code: 'model_refused', about: 'request' },
  template: { code: 'model_error', about: 'request' },
  too_long: { code: 'model_error', about: 'request', notAccepted: 'length' },
  unknown_field: { code: 'model_error', about: 'request', notAccepted: 'message' },
  bad_request: { code: 'model_error', about: 'request', notAccepted: 'message' },
  loading: { code: 'model_loading', about: 'server', retryAfterSeconds: 10 },
  busy: { code: 'model_busy', about: 'server', retryAfterSeconds: 5 },
  failed: { code: 'model_error', about: 'server' },
  gateway: { code: 'model_error', about: 'server' },
  timeout: { code: 'model_timeout', about: 'server' },
  network: { code: 'model_unreachable', about: 'server' },
}

export interface UpstreamErrorOptions {
  /** For the log; in our own words only. */
  readonly detail?: string
  /** Milliseconds that the server wants us to wait; null when it does not say. */
  readonly waitMs?: number | null
  /** The share of the conversation that is likely to fit, from 0 to 1. */
  readonly fits?: number
}

/** A failure of the model server, with what another try needs to know. Holds none of its text. */
export class UpstreamError extends AppError {
  readonly kind: FailureKind
  readonly about: Meaning['about']
  readonly waitMs: number | null
  readonly fits: number

  constructor(kind: FailureKind, { detail, waitMs, fits }: UpstreamErrorOptions = {}) {
    const { code, about, notAccepted, retryAfterSeconds: fallback } = MEANINGS[kind]
    const seconds = typeof waitMs === 'number' ? Math.ceil(waitMs / 1000) : fallback
    super(code, {
      detail: detail ?? kind,
      ...(notAccepted === undefined ? {} : { notAccepted }),
      ...(fallback === undefined || seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    })
    this.kind = kind
    this.about = about
    this.waitMs = waitMs ?? null
    this.fits = fits ?? 1
  }
}

/** What was asked, as far as the meaning of a refusal depends on it. */
export interface Asked {
  /** The model's id in the request; null where the address alone says which model it is. */
  readonly model: string | null
  readonly messages: readonly Message[]
  /** Usage was asked for, by a field that some servers refuse. */
  readonly asksUsage: boolean
}

/** For an error inside an answer that began well. */
const NOTHING_ASKED: Asked = { model: null, messages: [], asksUsage: false }

const LOADING = /\bloading\b|\bscal(?:ing|ed) (?:up|to zero)|\bstarting\b|\binitializ/i
/** What an Inference Endpoint says while it is paused. */
const PAUSED = /\binvalid state\b/i
const TOO_LONG =
  /must have less than \d+ tokens|must be <= ?\d+|context (?:length|size|window)|maximum context|too many tokens|prompt is too long/i
const TEMPLATE =
  /\btemplate|\bjinja|roles must alternate|system role not supported|only user and assistant roles/i
/** What servers say that take no `stream_options`: by its name, or that there is a field too many. */
const UNKNOWN_FIELD =
  /stream[_ ]options|include_usage|(?:unknown|unrecogni[sz]ed|unexpected|unsupported|extra|additional) (?:\w+ )?(?:fields?|arguments?|parameters?|propert(?:y|ies)|keys?|inputs?)\b/i

/**
 * Names the failure for an answer that is not a reply.
 *
 * @param status the HTTP status; 200 for an error inside a body or a stream that began well
 * @param body the parsed JSON, or the raw text when it is none
 */
export function toModelError(
  status: number,
  headers: Headers,
  body: unknown,
  asked: Asked = NOTHING_ASKED,
): UpstreamError {
  const said = messageOf(body)
  const word = knownWordOf(body)
  const kind = kindOf(status, said, word, asked)
  const detail = describe(kind, status, said, word, asked.model)
  return new UpstreamError(kind, {
    detail,
    waitMs: waitMsOf(headers, body),
    fits: kind === 'too_long' ? shareThatFits(said) : 1,
  })
}

/**
 * True when a visitor's text holds words of a template error: a server that repeats it proves
 * nothing.
 */
export function talksOfTemplates(messages: readonly Message[]): boolean {
  return holdsWords(messages, TEMPLATE)
}

/** True when a visitor's text holds words of a refused field, likewise. */
export function talksOfFields(messages: readonly Message[]): boolean {
  return holdsWords(messages, UNKNOWN_FIELD)
}

function holdsWords(messages: readonly Message[], words: RegExp): boolean {
  return messages.some(({ role, content }) => role !== 'system' && words.test(textOf(content)))
}

function kindOf(
  status: number,
  said: string,
  word: string | null,
  { model, messages, asksUsage }: Asked,
): FailureKind {
  if (status >= 300 && status < 400) return 'misdirected'
  if (status === 401 || status === 402) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 405 || status === 415) return 'misdirected'
  if (status === 429) return 'busy'
  if (status === 400 || status === 404 || status === 410) {
    if (word === 'model_not_found' || word === 'model_not_supported') return 'unknown_model'
    if (model !== null && doesNotKnowModel(said, model, messages)) return 'unknown_model'
    if (status !== 400) return 'misdirected'
  }
  if (TOO_LONG.test(said)) return 'too_long'
  if (TEMPLATE.test(said)) return 'template'
  const isField = asksUsage && (status === 400 || status === 422) && UNKNOWN_FIELD.test(said)
  if (isField) return 'unknown_field'
  if (status === 413) return 'too_long'
  if (LOADING.test(said) && (status === 503 || status === 200)) return 'loading'
  if (status === 503 || word === 'overloaded') return 'busy'
  if (status === 400 && (PAUSED.test(said) || mayNotKnowModel(said))) return 'misdirected'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 502) return 'gateway'
  if (status >= 500 || status === 424 || status === 200) return 'failed'
  return 'bad_request'
}

/** What the owner can look at; the server's own words would be better, and must not be logged. */
const HINTS: Partial<Record<FailureKind, string>> = {
  unauthorized: 'check HF_TOKEN and its credits',
  forbidden: 'HF_TOKEN may lack a permission, or the message was filtered',
  misdirected: 'check HF_MODEL_URL, and that the model is not paused',
}

function describe(
  kind: FailureKind,
  status: number,
  said: string,
  word: string | null,
  model: string | null,
): string {
  const named = model === null ? '' : ` "${model}"`
  const setting = model === null ? 'HF_MODEL_URL' : 'HF_MODEL'
  if (kind === 'unknown_model') {
    return `the model server does not know the model${named}: set ${setting} to one that it has`
  }
  const length = said === '' ? 'no message' : `a message of ${said.length} characters`
  const parts = [`model server answered ${status}: ${kind}`, length, ...(word ? [word] : [])]
  const mayBeUnknown = kind === 'misdirected' && mayNotKnowModel(said)
  const hint = mayBeUnknown ? `it may not know the model${named}` : HINTS[kind]
  return `${parts.join(', ')}${hint === undefined ? '' : `; ${hint}`}`
}

/**
 * So much before and after the words is searched for numbers: the rest may be the visitor's text.
 */
const NUMBERS_BEFORE = 150
const NUMBERS_AFTER = 350

/**
 * Servers name the limit and what they were given; the smaller number is the limit. Some room is
 * left for the reply.
 */
function shareThatFits(said: string): number {
  const at = TOO_LONG.exec(said)?.index ?? 0
  const nearby = said.slice(Math.max(0, at - NUMBERS_BEFORE), at + NUMBERS_AFTER)
  const numbers = (nearby.match(/\d{3,8}/g) ?? []).map(Number)
  const share = Math.min(...numbers) / Math.max(...numbers)
  return numbers.length >= 2 && share < 1 ? share * 0.75 : 0.5
}
