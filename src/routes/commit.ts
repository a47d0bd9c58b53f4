/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono'
import { AppError } from '../errors.ts'
import type { BodyEnv } from '../middleware/body.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Receipts } from '../session/receipt.ts'
import { addTurn, type SessionState } from '../session/state.ts'
import { type CommitReply, FORGOTTEN_HEADER } from '../wire.ts'
import { readJson } from './json.ts'

type CommitEnv = { Variables: SessionEnv['Variables'] & BodyEnv['Variables'] }

export function commitRoutes(receipts: Receipts): Hono<CommitEnv> {
  return new Hono<CommitEnv>().post('/chat/commit', async (c) => {
    const { session } = c.var
    const tokens = parseReceipts(readJson(c))
    if (tokens.length === 0) throw new AppError('receipt_invalid', { detail: 'no receipts' })
    const merged = await mergeReceipts(session.state, tokens, receipts)
    const failure = merged.failures[0]
    // One that was forged spoils all; one that came too late must not keep the others out.
    const forged = merged.failures.find(({ code }) => code === 'receipt_invalid')
    if (forged) throw forged
    if (failure && merged.failures.length === tokens.length) throw failure
    const saved = await session.save(merged.state)
    if (saved.forgotten > 0) c.header(FORGOTTEN_HEADER, String(saved.forgotten))
    return c.json({ status: 'saved' } satisfies CommitReply)
  })
}

export interface Merged {
  readonly state: SessionState
  /** Why some receipts were not taken. */
  readonly failures: readonly AppError[]
}

/** Adds the turns of receipts to a conversation, each at most once, as far as they belong to it. */
export async function mergeReceipts(
  before: SessionState,
  tokens: readonly string[],
  receipts: Receipts,
): Promise<Merged> {
  let state = before
  const failures: AppError[] = []
  for (const token of tokens) {
    const receipt = await receipts.open(token)
    const added = receipt && addTurn(state, receipt.turn)
    if (!receipt) failures.push(new AppError('receipt_invalid'))
    else if (receipt.sessionId !== state.id) failures.push(new AppError('receipt_conflict'))
    else if (!added) failures.push(new AppError('receipt_expired'))
    else state = added
  }
  return { state, failures }
}

/** Reads `{"receipts": ["…"]}` or `{"receipt": "…"}`; an empty list when there are none. */
export function parseReceipts(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return []
  const given: unknown =
    'receipts' in body ? body.receipts : 'receipt' in body ? [body.receipt] : []
  if (Array.isArray(given) && given.every((token) => typeof token === 'string')) return given
  throw new AppError('bad_request', { detail: '"receipts" is not a list of strings' })
}
