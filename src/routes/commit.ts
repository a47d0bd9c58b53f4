/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono/tiny'
import type { Archive } from '../conversation/archive/archive.ts'
import { parseReceipts } from '../conversation/input.ts'
import { mergeReceipts, type Receipts } from '../conversation/receipt.ts'
import { AppError } from '../errors.ts'
import type { BodyEnv } from '../http/body.ts'
import { readJson } from '../http/json.ts'
import type { SessionEnv } from '../http/session.ts'
import { type CommitReply, SETTLED_HEADER } from '../wire.ts'

type CommitEnv = { Variables: SessionEnv['Variables'] & BodyEnv['Variables'] }

export function commitRoutes(receipts: Receipts, archive: Archive): Hono<CommitEnv> {
  return new Hono<CommitEnv>().post('/chat/commit', async (c) => {
    const { session } = c.var
    const tokens = parseReceipts(readJson(c))
    const merged = await mergeReceipts(session.state, tokens, receipts, archive)
    const { state, settled, taken, failures } = merged
    c.header(SETTLED_HEADER, settled.join(','))
    // One that was forged spoils all, and none is no better; one that came too late must not keep the others out.
    const forged = failures.find(({ code }) => code === 'receipt_invalid')
    if (forged || failures.length === taken) {
      throw forged ?? failures[0] ?? new AppError('receipt_invalid')
    }
    await session.save(state)
    return c.json({ status: 'saved' } satisfies CommitReply)
  })
}
