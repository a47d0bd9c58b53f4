/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono/tiny'
import { parseReceipts } from '../conversation/input.ts'
import { AppError } from '../errors.ts'
import type { BodyEnv } from '../middleware/body.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Archive } from '../session/archive.ts'
import { mergeReceipts, type Receipts } from '../session/receipt.ts'
import { type CommitReply, FORGOTTEN_HEADER, SETTLED_HEADER } from '../wire.ts'
import { readJson } from './json.ts'

type CommitEnv = { Variables: SessionEnv['Variables'] & BodyEnv['Variables'] }

export function commitRoutes(receipts: Receipts, archive: Archive): Hono<CommitEnv> {
  return new Hono<CommitEnv>().post('/chat/commit', async (c) => {
    const { session } = c.var
    const tokens = parseReceipts(readJson(c))
    if (tokens.length === 0) throw new AppError('receipt_invalid', { detail: 'no receipts' })
    const merged = await mergeReceipts(session.state, tokens, receipts, archive)
    c.header(SETTLED_HEADER, merged.settled.join(','))
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
