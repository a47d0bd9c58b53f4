/** `POST /chat/commit`: puts streamed turns into the conversation by their receipts. */

import { Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import type { Archive } from '../conversation/archive/archive.ts'
import { parseReceipts } from '../conversation/input.ts'
import { mergeReceipts, type Receipts } from '../conversation/receipt.ts'
import { AppError } from '../errors.ts'
import { textBody } from '../http/body.ts'
import { readJson } from '../http/json.ts'
import { type CommitReply, SETTLED_HEADER } from '../wire.ts'

export function commitRoutes(openSession: OpenSession, receipts: Receipts, archive: Archive) {
  return new Hono<AppEnv>().post('/chat/commit', textBody(), openSession, async (c) => {
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
