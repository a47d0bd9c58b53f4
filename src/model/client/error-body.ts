/**
 * Reads the body of a model server's refusal: what it says, which of the known words it names and
 * how long it wants us to wait. Pure. The text of a body may repeat what a visitor wrote, so it is
 * for reading kinds and numbers only and never leaves this room. Sources of the shapes and words:
 * huggingface/text-generation-inference, vLLM, llama.cpp, Ollama, and Hugging Face's clients.
 */

import { firstItem, property } from '../json.ts'

/** How much of a message is looked at. */
const MAX_SAID_CHARS = 16 * 1024
/** Longest wait that is passed on; servers' guesses beyond it are worth nothing. */
const MAX_NAMED_WAIT_MS = 3_600_000

/** All that may be logged of a body: types and codes which servers of the field use. */
const KNOWN_WORDS: ReadonlySet<string> = new Set([
  'api_error',
  'authentication_error',
  'badrequesterror',
  'content_filter',
  'content_policy_violation',
  'context_length_exceeded',
  'exceed_context_size_error',
  'generation',
  'incomplete_generation',
  'insufficient_quota',
  'internal_server_error',
  'invalid_api_key',
  'invalid_request_error',
  'model_not_found',
  'model_not_supported',
  'not_found_error',
  'not_supported_error',
  'notfounderror',
  'overloaded',
  'overloaded_error',
  'permission_error',
  'rate_limit_error',
  'rate_limit_exceeded',
  'server_error',
  'template_error',
  'tool_error',
  'unavailable_error',
  'validation',
])

/**
 * True when JSON that came with a success status is an error all the same, as several servers and
 * gateways send it.
 */
export function isErrorBody(body: unknown): boolean {
  const error = property(subjectOf(body), 'error')
  if (error !== undefined && error !== null && error !== false) return true
  return property(firstItem(property(body, 'choices')), 'finish_reason') === 'error'
}

/** Finds the message, in the order in which the field's servers hide it; markup is no message. */
export function messageOf(body: unknown): string {
  if (typeof body === 'string') return messageInText(body).slice(0, MAX_SAID_CHARS)
  const subject = subjectOf(body)
  const error = property(subject, 'error')
  const candidates = [
    error,
    // Only texts are joined: nested lists would be joined by recursion, without a bound.
    Array.isArray(error) ? error.filter((part) => typeof part === 'string').join('; ') : undefined,
    property(error, 'message'),
    property(subject, 'message'),
    property(subject, 'detail'),
    property(firstItem(property(subject, 'detail')), 'msg'),
  ]
  const found = candidates.find((candidate) => typeof candidate === 'string')
  return (found ?? '').slice(0, MAX_SAID_CHARS)
}

/** A body that is no JSON is plain text, a page, or JSON whose end was too far away to be read. */
function messageInText(text: string): string {
  const start = text.trimStart()
  if (start.startsWith('<')) return ''
  if (!/^[[{]/.test(start)) return text.trim()
  const message = /"(?:message|error|detail|msg)"\s*:\s*"((?:[^"\\]|\\.)*)/.exec(start)?.[1]
  return message ?? start
}

/** Which of the known types and codes a body names, in small letters; null for none. */
export function knownWordOf(body: unknown): string | null {
  const subject = subjectOf(body)
  const error = property(subject, 'error')
  const words = [
    property(error, 'code'),
    property(error, 'type'),
    property(subject, 'error_type'),
    property(subject, 'code'),
    property(subject, 'type'),
  ]
  for (const word of words) {
    const known = typeof word === 'string' ? word.toLowerCase() : ''
    if (KNOWN_WORDS.has(known)) return known
  }
  return null
}

/**
 * Reads how long the server wants us to wait, in milliseconds: `retry-after-ms`, `Retry-After` (RFC
 * 9110 §10.2.3, seconds or a date), `RateLimit` with nothing left
 * (huggingface.co/docs/hub/rate-limits), or the `estimated_time` of a loading model. Null when it
 * does not say; an hour at most.
 */
export function waitMsOf(headers: Headers, body: unknown): number | null {
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
  return waitMs === undefined ? null : Math.min(waitMs, MAX_NAMED_WAIT_MS)
}

/** Text Generation Inference wraps its root's answers into a list, errors too. */
function subjectOf(body: unknown): unknown {
  return Array.isArray(body) ? firstItem(body) : body
}
