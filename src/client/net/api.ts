/** Talks to the server. What goes wrong comes back as a sentence that can be shown. */

import type { ScriptTexts } from '../../wire.ts'
import { word } from '../dom.ts'
import type { Failure } from '../state.ts'

/**
 * How much a closing page may send in all, in bytes. Browsers allow 64 KiB (Fetch §4.6); this is a
 * little less.
 */
const MAX_KEEPALIVE_BYTES = 60_000
/** Longest wait for a page or a history. */
const FETCH_MS = 20_000

/** Posts JSON. Rejects as `fetch` does. */
export function post(path: string, body: object, init: RequestInit = {}): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    body: JSON.stringify(body),
    ...init,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...init.headers },
  })
}

/** Posts JSON that arrives even if the page is closed meanwhile, unless it is too much for that. */
export function postSafely(path: string, body: object): Promise<Response> {
  const keepalive = new Blob([JSON.stringify(body)]).size <= MAX_KEEPALIVE_BYTES
  return post(path, body, { keepalive })
}

/**
 * Fetches a page of this chat, or the root's where the conversation is gone: that may say why.
 * Never rejects.
 */
export async function fetchPage(address: string): Promise<Document | Failure> {
  try {
    const signal = AbortSignal.timeout(FETCH_MS)
    const response = await fetch(address, { headers: { Accept: 'text/html' }, signal })
    if (response.status === 404) return await fetchPage('/')
    if (!response.ok) return await failureOf(response)
    return new DOMParser().parseFromString(await response.text(), 'text/html')
  } catch {
    return failureToReach()
  }
}

/** The fields of an answer in JSON; none if it is no object. Never rejects. */
export async function fieldsOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  // An answer of a proxy is no JSON. It has no fields.
  const body: unknown = await response.json().catch(() => null)
  return typeof body === 'object' ? { ...body } : {}
}

/**
 * Why a response is no answer. The sentence is the server's own, or ours if something in front of
 * the server has answered.
 */
export async function failureOf(response: Response): Promise<Failure> {
  const { error, code } = await fieldsOf(response)
  const seconds = Number(response.headers.get('Retry-After'))
  return {
    sentence: typeof error === 'string' ? error : word(reasonOf(response.status)),
    retryAfter: seconds > 0 ? seconds : null,
    code: typeof code === 'string' ? code : '',
  }
}

/**
 * What a proxy means by a status (RFC 9110 §15, RFC 6585 §4). Its own page does not fit into a
 * conversation.
 */
function reasonOf(status: number): keyof ScriptTexts {
  if (status === 429) return 'busy'
  if (status === 401 || status === 403) return 'barred'
  return status >= 502 && status <= 504 ? 'unreachable' : 'senseless'
}

/** A failure that the page itself noticed. */
export function failureBecause(reason: keyof ScriptTexts): Failure {
  return { sentence: word(reason), retryAfter: null, code: '' }
}

/** Why there is no answer at all. */
export function failureToReach(): Failure {
  return failureBecause(navigator.onLine ? 'unreachable' : 'offline')
}

/**
 * Lets the tabs of a browser take turns with requests whose answers set the cookie of one
 * conversation. So no answer overwrites what another one saved. Browsers have no such locks on
 * plain HTTP, nor where they keep nothing. There, receipts that are sent once more restore what was
 * overwritten.
 *
 * @param base the conversation's
 * @param signal ends the waiting; the work itself must watch it too
 */
export async function inTurn<T>(
  base: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const locks: LockManager | undefined = navigator.locks
  if (!locks) return work()
  let begun = false
  try {
    return await locks.request(`aplly-chat${base}`, signal ? { signal } : {}, () => {
      begun = true
      return work()
    })
  } catch (error) {
    if (begun || signal?.aborted) throw error
    return work()
  }
}

/** Posts JSON when it is the conversation's turn. Never rejects. */
export async function submit(
  base: string,
  path: string,
  body: object,
): Promise<Response | Failure> {
  try {
    const response = await inTurn(base, () => post(path, body))
    return response.ok ? response : await failureOf(response)
  } catch {
    return failureToReach()
  }
}

/** Resolves when the browser has nothing else to do. Safari does not know when that is. */
export function idle(): Promise<unknown> {
  return new Promise((resolve) => {
    ;(globalThis.requestIdleCallback ?? setTimeout)(resolve)
  })
}
