/**
 * Reads what a refusal means, from its status, headers and body. Pure. The picture of all kinds
 * stands in `upstream-error.ts`. The detail for the log is put together from our own words: a body
 * may repeat what a visitor wrote.
 */

import { textOf } from '../content.ts'
import type { Message } from '../model.ts'
import { knownWordOf, messageOf, waitMsOf } from './error-body.ts'
import { doesNotKnowModel, mayNotKnowModel } from './unknown-model.ts'
import { type FailureKind, UpstreamError } from './upstream-error.ts'

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
/** What a server says that takes no `stream_options`: by its name, or that a field is too many. */
const UNKNOWN_FIELD =
  /stream[_ ]options|(?:unknown|unrecogni[sz]ed|unexpected|unsupported|extra|additional) (?:\w+ )?(?:fields?|arguments?|parameters?|propert(?:y|ies)|keys?|inputs?)\b/i

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
 * How much is searched for numbers before and after the words. The rest may be the visitor's text.
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
