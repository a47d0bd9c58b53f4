/**
 * What a model server's failure is, and what follows. The kind is read from the status and the
 * words (`refusal.ts`) and decides everything else: whom the failure is about and which code the
 * visitor's answer gets (`MEANINGS`), and what is done next (`recovery.ts`, `retry.ts`). From the
 * top, the first row that fits:
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
