/** A turn on a page: what the visitor said and what the model replied, both named by the turn. */

import { raw } from 'hono/html'
import type { SavedTurn } from '../conversation/turn.ts'
import { escapeHtml } from '../markdown/highlight.ts'
import { renderMarkdown } from '../markdown/markdown.ts'
import { textOf } from '../model/content.ts'
import { pageOf } from './address.ts'
import { AssistantMessage, UserMessage } from './message.tsx'
import type { Texts } from './texts/texts.ts'

export interface TurnProps {
  readonly turn: SavedTurn
  readonly texts: Texts
  /** Where the conversation lives. Null where it can only be read. */
  readonly base: string | null
  /** True for the turn that the next one may replace. */
  readonly isLast: boolean
  /** True for a turn that was cut. Its reply is shown as Markdown source. */
  readonly isCut?: boolean
}

export function TurnMessages({ turn, texts, base, isLast, isCut = false }: TurnProps) {
  const { id, user, assistant, stopped } = turn
  const message = textOf(user)
  const html = isCut ? plain(assistant) : renderMarkdown(assistant).trimEnd()
  const edit = `?edit=${isLast ? 'last' : id}#message`
  // A message that was cut, or that holds more than text, cannot be asked again by its text.
  const mayRepeat = base !== null && isLast && !isCut && typeof user === 'string'
  return (
    <>
      <UserMessage texts={texts} turn={id} editAt={base === null ? null : pageOf(base) + edit}>
        {message}
      </UserMessage>
      <AssistantMessage
        texts={texts}
        turn={id}
        source={html === plain(assistant) ? undefined : assistant}
        stopped={stopped}
        again={mayRepeat ? { action: `${base}/chat`, message } : null}
      >
        {
          // The one place where HTML goes in unescaped. The renderer escapes what the model said,
          // and makes every tag itself.
          raw(html)
        }
        {isCut && base !== null && (
          <p>
            <a href={`${base}/history?format=md`} download="conversation.md">
              {texts.exportMarkdown}
            </a>
          </p>
        )}
      </AssistantMessage>
    </>
  )
}

/**
 * Matches a reply of one paragraph without any mark. Its text is its source, which need not be sent
 * twice.
 */
function plain(source: string): string {
  return `<p dir="auto">${escapeHtml(source)}</p>`
}
