/**
 * `GET /history`: the conversation as JSON, or with `?format=md` or `Accept: text/markdown` as a
 * Markdown file to download. Nothing is read before the reader has taken what came before it.
 */

import { type Context, Hono } from 'hono'
import type { AppEnv, OpenSession } from '../context.ts'
import type { Archive } from '../conversation/archive/archive.ts'
import { jsonOf, markdownOf } from '../conversation/transcript.ts'
import { preferred } from '../http/negotiate.ts'
import { textStream } from '../http/text-stream.ts'

const MARKDOWN = 'text/markdown'
const JSON_TYPE = 'application/json'

/** @param appName the document's title */
export function historyRoutes(openSession: OpenSession, appName: string, archive: Archive) {
  return new Hono<AppEnv>().get('/history', openSession, (c) => {
    const { conversation } = c.var.session
    const passages = archive.readAll(conversation)
    if (!wantsMarkdown(c)) {
      const json = textStream(jsonOf(passages, conversation))
      return c.body(json, 200, { 'Content-Type': JSON_TYPE })
    }
    return c.body(textStream(markdownOf(appName, passages, conversation)), 200, {
      'Content-Type': `${MARKDOWN}; charset=utf-8`,
      'Content-Disposition': 'attachment; filename="conversation.md"',
    })
  })
}

/** What the address says counts more than what the header says. */
function wantsMarkdown(c: Context): boolean {
  const format = c.req.query('format')
  return format === undefined
    ? preferred(c, [MARKDOWN, JSON_TYPE], JSON_TYPE) === MARKDOWN
    : format === 'md'
}
