/**
 * The visitor's conversations as a list, and the beginning of a new one:
 *
 *     GET  /conversations     {"conversations": [{"id", "title", "startedAt"}, …]}, newest first
 *     POST /new               an empty page; what the root held gets an address of its own first
 */

import { Hono } from 'hono'
import type { AppEnv } from '../context.ts'
import { countTurns, startConversation } from '../conversation/conversation.ts'
import { done } from '../http/done.ts'
import type { Sessions } from '../http/session.ts'
import type { Visit } from '../http/visit.ts'
import type { Addresses } from '../session/address.ts'
import { type IndexEntry, newestFirst } from '../session/conversation-index.ts'
import type { ConversationsReply, NewReply } from '../wire.ts'

export function conversationsRoutes({ openRoot, settle }: Sessions, addresses: Addresses) {
  return new Hono<AppEnv>()
    .get('/conversations', openRoot, async (c) => {
      const entries = await listConversations(c.var.session.visit)
      const conversations = entries.map(({ id, title, startedAt }) => ({
        id,
        title,
        startedAt: new Date(startedAt * 1000).toISOString(),
      }))
      return c.json({ conversations } satisfies ConversationsReply)
    })
    .post('/new', openRoot, async (c) => {
      const { conversation, visit, save } = c.var.session
      if (countTurns(conversation) > 0) {
        await settle(visit, conversation)
        await save(startConversation(Math.floor(Date.now() / 1000)))
      }
      return done(c, '/', { id: await addresses.issue() } satisfies NewReply)
    })
}

/** Those in cookies and those that are parked, as far as the store can be read; newest first. */
export async function listConversations(visit: Visit): Promise<readonly IndexEntry[]> {
  const { entries } = await visit.index()
  const shelf = await visit.parked()
  const parked = shelf.kind === 'read' ? shelf.value : []
  const others = parked.filter(({ id }) => !entries.some((entry) => entry.id === id))
  return newestFirst([...entries, ...others])
}
