/**
 * What is done after a request failed before its first word: change the request, wait and ask
 * again, or give up. Pure.
 *
 *     too long, first time ───────────────► shrink      fewer of the oldest messages
 *     refused by the template, first time ► fold        the system prompt in the other place
 *     a field refused, usage asked for ───► omit_usage  the same without asking for usage
 *     may heal, tries and time left ──────► wait        the same request again
 *     anything else ──────────────────────► give_up
 */

import type { Message } from '../model.ts'
import { dropOldest, retryDelayMs } from './retry.ts'
import type { UpstreamError } from './upstream-error.ts'

/** One request of a turn, and what may still be changed about it. */
export interface Sent {
  readonly messages: readonly Message[]
  /** The system prompt stands in the first message, for a template that knows no system role. */
  readonly folded: boolean
  /** The other place of the system prompt has not been tried in this turn. */
  readonly mayFold: boolean
  /** Usage was asked for; once it was left out, it stays so for this turn. */
  readonly asksUsage: boolean
  /** Nothing has been left out in this turn. */
  readonly mayShrink: boolean
  /** How often the same was sent again. */
  readonly retries: number
}

export type Step =
  | { readonly kind: 'shrink'; readonly messages: readonly Message[] }
  | { readonly kind: 'fold'; readonly folded: boolean }
  | { readonly kind: 'omit_usage' }
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'give_up' }

export interface RecoveryLimits {
  /** Milliseconds until the first word must have come. */
  readonly remainingMs: number
  /** The first wait where the server names none, in milliseconds. */
  readonly baseMs: number
}

/** Decides what to do after a failure. Every turn makes each kind of change once at most. */
export function nextStep(error: UpstreamError, sent: Sent, limits: RecoveryLimits): Step {
  if (error.kind === 'too_long' && sent.mayShrink) {
    const messages = dropOldest(sent.messages, error.fits)
    if (messages) return { kind: 'shrink', messages }
  }
  if (error.kind === 'template' && sent.mayFold) return { kind: 'fold', folded: !sent.folded }
  if (error.kind === 'unknown_field' && sent.asksUsage) return { kind: 'omit_usage' }
  const delayMs = retryDelayMs(error, sent.retries, limits.remainingMs, limits.baseMs)
  return delayMs === null ? { kind: 'give_up' } : { kind: 'wait', delayMs }
}

/** The request that follows a step. */
export function afterStep(sent: Sent, step: Exclude<Step, { kind: 'give_up' }>): Sent {
  switch (step.kind) {
    case 'shrink':
      return { ...sent, messages: step.messages, mayShrink: false }
    case 'fold':
      return { ...sent, folded: step.folded, mayFold: false }
    case 'omit_usage':
      return { ...sent, asksUsage: false }
    case 'wait':
      return { ...sent, retries: sent.retries + 1 }
  }
}
