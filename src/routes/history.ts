/** `GET /history`: the conversation as data or as a document, for the visitor to keep. */

import { type Context, Hono } from 'hono'
import { type Role, toMessages } from '../message.ts'
import type { SessionEnv } from '../middleware/session.ts'
import { type SessionState, startedAtOf } from '../session/state.ts'
import type { HistoryReply } from '../wire.ts'

/**
 * Routes for the visitor's history: JSON, or with `?format=md` or `Accept: text/markdown` a Markdown file to download.
 *
 * @param appName the document's title
 */
export function historyRoutes(appName: string): Hono<SessionEnv> {
  return new Hono<SessionEnv>().get('/history', (c) => {
    const { state } = c.var.session
    if (!wantsMarkdown(c)) return c.json(toHistory(state))
    c.header('Content-Type', 'text/markdown; charset=utf-8')
    c.header('Content-Disposition', 'attachment; filename="conversation.md"')
    return c.body(toMarkdown(appName, state))
  })
}

/** What the address says counts more than what the header says. */
function wantsMarkdown(c: Context): boolean {
  const format = c.req.query('format')
  if (format !== undefined) return format === 'md'
  return (c.req.header('Accept') ?? '').includes('text/markdown')
}

function toHistory({ turns, forgotten }: SessionState): HistoryReply {
  const entries = turns.flatMap((turn) => {
    const at = startedAtOf(turn).toISOString()
    return toMessages([turn]).map(({ role, content }) => ({ role, content, at }))
  })
  return { turns: entries, forgotten }
}

function toMarkdown(appName: string, { turns, forgotten }: SessionState): string {
  const title = (role: Role): string => (role === 'user' ? 'You' : 'Assistant')
  const notice = forgotten > 0 ? [`*${forgotten} earlier messages are no longer remembered.*`] : []
  const entries = toMessages(turns).map(({ role, content }) => `## ${title(role)}\n\n${content}`)
  return `${[`# ${appName}`, ...notice, ...entries].join('\n\n')}\n`
}
