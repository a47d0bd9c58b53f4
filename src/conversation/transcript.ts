/**
 * A conversation as data and as a document, for the visitor to keep. It is written as it is read,
 * however long it is.
 */

import { textOf } from '../model/content.ts'
import type { HistoryReply } from '../wire.ts'
import type { Passage } from './archive/stretch.ts'
import type { Conversation } from './conversation.ts'
import type { SavedTurn } from './turn.ts'
import { startedAtOf } from './turn-id.ts'

type Passages = AsyncGenerator<Passage, void, undefined>

/** A `HistoryReply`. How many turns are unreadable is known at its end only. */
export async function* jsonOf(
  passages: Passages,
  { forgotten }: Conversation,
): AsyncGenerator<string, void, undefined> {
  let unreadable = 0
  let separator = ''
  yield '{"turns":['
  for await (const passage of passages) {
    if (passage.kind === 'unreadable') unreadable += passage.count
    else {
      const messages = passage.turns.flatMap(messagesOf).map((message) => JSON.stringify(message))
      yield separator + messages.join(',')
      separator = ','
    }
  }
  const rest = { forgotten, ...(unreadable > 0 && { unreadable }) }
  yield `],${JSON.stringify(rest).slice(1)}`
}

function messagesOf(turn: SavedTurn): HistoryReply['turns'] {
  const at = startedAtOf(turn.id).toISOString()
  return [
    { role: 'user', content: textOf(turn.user), at },
    { role: 'assistant', content: turn.assistant, at, ...(turn.stopped && { stopped: true }) },
  ]
}

/** A document, with a note wherever turns are missing. */
export async function* markdownOf(
  appName: string,
  passages: Passages,
  { forgotten }: Conversation,
): AsyncGenerator<string, void, undefined> {
  yield `# ${appName}\n`
  if (forgotten > 0) yield `\n*${forgotten} earlier messages are no longer remembered.*\n`
  for await (const passage of passages) {
    if (passage.kind === 'unreadable') {
      yield `\n*${2 * passage.count} messages cannot be read right now.*\n`
    } else {
      yield passage.turns.map(sectionOf).join('')
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
