/**
 * The visitor's conversations as a list, and the beginning of a new one:
 *
 *     GET  /conversations     {"conversations": [{"id", "title", "startedAt"}, …]}, newest first
 *     POST /new               an empty page; what the root held gets an address of its own first
 */

import { Hono } from 'hono'
import type { AppEnv } from '../context.ts'
import { countTurns } from '../conversation/conversation.ts'
import { done } from '../http/done.ts'
import type { Sessions } from '../http/session.ts'
import type { Visit } from '../http/visit.ts'
import type { Addresses } from '../session/address.ts'
import { type IndexEntry, newestFirst } from '../session/conversation-index.ts'
import type { ConversationsReply, NewReply } from '../wire.ts'

export function conversationsRoutes({ openRoot, settleRoots }: Sessions, addresses: Addresses) {
  return new Hono<AppEnv>()
    .get('/conversations', openRoot, async (c) => {
      const { entries, isWhole } = await listConversations(c.var.session.visit)
      const conversations = entries.map(({ id, title, startedAt }) => ({
        id,
        title,
        startedAt: new Date(startedAt * 1000).toISOString(),
      }))
      return c.json({
        conversations,
        ...(!isWhole && { incomplete: true }),
      } satisfies ConversationsReply)
    })
    .post('/new', openRoot, async (c) => {
      const { session } = c.var
      const { visit } = session
      // The browser knows the visitor's id before anything begins.
      if (!(await visit.hasIndex())) await visit.saveIndex(await visit.index())
      if (countTurns(session.conversation) > 0) await settleRoots(session)
      return done(c, '/', { id: await addresses.issue() } satisfies NewReply)
    })
}

export interface Listed {
  /** Newest first. */
  readonly entries: readonly IndexEntry[]
  /** False while the store cannot tell which are parked. */
  readonly isWhole: boolean
}

/** Those in cookies and those that are parked. */
export async function listConversations(visit: Visit): Promise<Listed> {
  const { entries } = await visit.index()
  const shelf = await visit.parked()
  const parked = shelf.kind === 'read' ? shelf.value : []
  const others = parked.filter(({ id }) => !entries.some((entry) => entry.id === id))
  return {
    entries: newestFirst([...entries, ...others]),
    isWhole: shelf.kind === 'read' && shelf.isWhole,
  }
}
