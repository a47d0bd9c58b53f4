/**
 * `GET /history`: the conversation as data or as a document, for the visitor to keep. It is written
 * piece by piece as it is read, however long it is: nothing is read before the reader has taken
 * what came before it, and nothing more once the reader has left.
 */

import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { createPace } from '../bounds/pace.ts'
import type { Archive } from '../conversation/archive/archive.ts'
import type { Piece } from '../conversation/archive/stretch.ts'
import type { Conversation } from '../conversation/conversation.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import { startedAtOf } from '../conversation/turn-id.ts'
import type { SessionEnv } from '../http/session.ts'
import { textOf } from '../model/content.ts'
import type { HistoryReply } from '../wire.ts'

type Pieces = AsyncGenerator<Piece, void, undefined>

/**
 * Routes for the visitor's history: JSON, or with `?format=md` or `Accept: text/markdown` a
 * Markdown file to download.
 *
 * @param appName the document's title
 */
export function historyRoutes(appName: string, archive: Archive): Hono<SessionEnv> {
  return new Hono<SessionEnv>().get('/history', (c) => {
    const { conversation } = c.var.session
    const pieces = archive.readAll(conversation)
    if (!wantsMarkdown(c)) {
      return c.body(toStream(jsonOf(pieces, conversation)), 200, {
        'Content-Type': 'application/json',
      })
    }
    return c.body(toStream(markdownOf(appName, pieces, conversation)), 200, {
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

/** So much is written at once: it is what waits for a reader who has stopped, in characters. */
const WRITE_CHARS = 16 * 1024

/** A text as bytes, made only as fast as they are read. */
function toStream(text: AsyncGenerator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const pause = createPace()
  let unwritten = ''
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await pause()
        if (unwritten === '') {
          const next = await text.next()
          if (next.done) return controller.close()
          unwritten = next.value
        }
        // Half of a pair is no character.
        const end = isHighSurrogate(unwritten, WRITE_CHARS - 1) ? WRITE_CHARS + 1 : WRITE_CHARS
        controller.enqueue(encoder.encode(unwritten.slice(0, end)))
        unwritten = unwritten.slice(end)
      },
      async cancel() {
        await text.return()
      },
    },
    { highWaterMark: 0 },
  )
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}

/** A `HistoryReply`. How many turns are unreadable is known at its end only. */
async function* jsonOf(
  pieces: Pieces,
  { forgotten }: Conversation,
): AsyncGenerator<string, void, undefined> {
  let unreadable = 0
  let separator = ''
  yield '{"turns":['
  for await (const piece of pieces) {
    if (piece.kind === 'unreadable') unreadable += piece.count
    else {
      const entries = piece.turns.flatMap(entriesOf).map((entry) => JSON.stringify(entry))
      yield separator + entries.join(',')
      separator = ','
    }
  }
  const rest = { forgotten, ...(unreadable > 0 && { unreadable }) }
  yield `],${JSON.stringify(rest).slice(1)}`
}

function entriesOf(turn: SavedTurn): HistoryReply['turns'] {
  const at = startedAtOf(turn.id).toISOString()
  return [
    { role: 'user', content: textOf(turn.user), at },
    { role: 'assistant', content: turn.assistant, at, ...(turn.stopped && { stopped: true }) },
  ]
}

/** A document, with a note wherever turns are missing. */
async function* markdownOf(
  appName: string,
  pieces: Pieces,
  { forgotten }: Conversation,
): AsyncGenerator<string, void, undefined> {
  yield `# ${appName}\n`
  if (forgotten > 0) yield `\n*${forgotten} earlier messages are no longer remembered.*\n`
  for await (const piece of pieces) {
    if (piece.kind === 'unreadable') {
      yield `\n*${2 * piece.count} messages cannot be read right now.*\n`
    } else {
      yield piece.turns.map(sectionOf).join('')
    }
  }
}

function sectionOf({ user, assistant, stopped }: SavedTurn): string {
  const mark = stopped ? '\n\n*(stopped)*' : ''
  return `\n## You\n\n${closeFence(textOf(user))}\n\n## Assistant\n\n${closeFence(assistant)}${mark}\n`
}

/**
 * Ends the fenced code block that a text leaves open, as a reply does that was cut off: all that
 * follows would be code. A block that is indented, as in a list, ends with what it is in.
 */
function closeFence(text: string): string {
  let open = ''
  for (const [, mark = '', info = ''] of text.matchAll(/^(`{3,}(?=[^`\n]*$)|~{3,})(.*)/gm)) {
    if (open === '') open = mark
    else if (mark.startsWith(open) && info.trim() === '') open = ''
  }
  return open === '' ? text : `${text}\n${open}`
}
