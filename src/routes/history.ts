/** `GET /history`: the conversation as data or as a document, for the visitor to keep. */

import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import type { Excerpt } from '../message.ts'
import type { SessionEnv } from '../middleware/session.ts'
import type { Archive } from '../session/archive.ts'
import { countTurns, startedAtOf } from '../session/state.ts'
import type { HistoryReply } from '../wire.ts'

/**
 * Routes for the visitor's history: JSON, or with `?format=md` or `Accept: text/markdown` a Markdown file to download.
 *
 * @param appName the document's title
 */
export function historyRoutes(appName: string, archive: Archive): Hono<SessionEnv> {
  return new Hono<SessionEnv>().get('/history', async (c) => {
    const { state } = c.var.session
    const excerpt = await archive.read(state, 0, countTurns(state))
    if (!wantsMarkdown(c)) return c.json(toHistory(excerpt))
    return c.body(toMarkdown(appName, excerpt), 200, {
      'Content-Type': 'text/markdown; charset=utf-8',
      'Content-Disposition': 'attachment; filename="conversation.md"',
    })
  })
}

/** What the address says counts more than what the header says. */
function wantsMarkdown(c: Context): boolean {
  const format = c.req.query('format')
  if (format !== undefined) return format === 'md'
  return (c.req.header('Accept') ?? '').includes('text/markdown')
}

function toHistory({ turns, forgotten, unreadable }: Excerpt): HistoryReply {
  const entries = turns.flatMap((turn): HistoryReply['turns'] => {
    const at = startedAtOf(turn).toISOString()
    return [
      { role: 'user', content: turn.user, at },
      { role: 'assistant', content: turn.assistant, at, ...(turn.stopped && { stopped: true }) },
    ]
  })
  return { turns: entries, forgotten, ...(unreadable > 0 && { unreadable }) }
}

function toMarkdown(appName: string, { turns, forgotten, unreadable }: Excerpt): string {
  const notices = [
    ...(forgotten > 0 ? [`*${forgotten} earlier messages are no longer remembered.*`] : []),
    ...(unreadable > 0 ? [`*${2 * unreadable} earlier messages cannot be read right now.*`] : []),
  ]
  const entries = turns.flatMap(({ user, assistant, stopped }) => [
    `## You\n\n${closeFence(user)}`,
    `## Assistant\n\n${closeFence(assistant)}${stopped ? '\n\n*(stopped)*' : ''}`,
  ])
  return `${[`# ${appName}`, ...notices, ...entries].join('\n\n')}\n`
}

/**
 * Ends the fenced code block that a text leaves open, as a reply does that was cut off: all that follows would be code. A block
 * that is indented, as in a list, ends with what it is in.
 */
function closeFence(text: string): string {
  let open = ''
  for (const [, mark = '', info = ''] of text.matchAll(/^(`{3,}(?=[^`\n]*$)|~{3,})(.*)/gm)) {
    if (open === '') open = mark
    else if (mark.startsWith(open) && info.trim() === '') open = ''
  }
  return open === '' ? text : `${text}\n${open}`
}
