/**
 * The bubbles of a conversation. They are written once, here: the page's script clones them from
 * templates.
 */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { SavedTurn } from '../conversation/turn.ts'
import { escapeHtml } from '../markdown/highlight.ts'
import { renderMarkdown } from '../markdown/markdown.ts'
import { textOf } from '../model/content.ts'
import type { Texts } from './texts/texts.ts'

export interface TurnProps {
  readonly turn: SavedTurn
  readonly texts: Texts
  /**
   * Where the whole turn can be had; only for a turn that was cut. Its reply is shown as Markdown
   * source.
   */
  readonly whole?: string
}

/** What the visitor said and what the model replied, both named by the turn. */
export function TurnBubbles({ turn, texts, whole }: TurnProps) {
  const { id, user, assistant, stopped } = turn
  const html = whole === undefined ? renderMarkdown(assistant).trimEnd() : plain(assistant)
  return (
    <>
      <UserBubble texts={texts} turn={id}>
        {textOf(user)}
      </UserBubble>
      <AssistantBubble
        texts={texts}
        turn={id}
        source={html === plain(assistant) ? undefined : assistant}
        stopped={stopped}
      >
        {
          // The one place where HTML goes in unescaped. The renderer escapes what the model said,
          // and makes every tag itself.
          raw(html)
        }
        {whole !== undefined && (
          <p>
            <a href={whole} download="conversation.md">
              {texts.exportMarkdown}
            </a>
          </p>
        )}
      </AssistantBubble>
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

interface BubbleProps {
  readonly texts: Texts
  /** The turn's id; absent in a template, which has the buttons that work by the script. */
  readonly turn?: string
  readonly children?: Child
}

export function UserBubble({ texts, turn, children }: BubbleProps) {
  return (
    <article class="message user" data-turn={turn}>
      <h2 class="visually-hidden">{texts.you}</h2>
      <div class="text" dir="auto">
        {children}
      </div>
      {turn === undefined && (
        <div class="tools">
          <button type="button" class="edit">
            {texts.edit}
          </button>
        </div>
      )}
    </article>
  )
}

interface AssistantBubbleProps extends BubbleProps {
  /** The reply as Markdown, for Copy; absent where the shown text is the same. */
  readonly source?: string | undefined
  readonly stopped: boolean
}

export function AssistantBubble({ texts, turn, source, stopped, children }: AssistantBubbleProps) {
  return (
    <article class="message assistant" data-turn={turn} data-source={source}>
      <h2 class="visually-hidden">{texts.assistant}</h2>
      <div class="text" dir="auto">
        {children}
      </div>
      <p class="mark" hidden={!stopped}>
        {texts.stopped}
      </p>
      {turn === undefined && (
        <div class="tools">
          <button type="button" class="copy">
            {texts.copy}
          </button>
          <button type="button" class="again">
            {texts.tryAgain}
          </button>
        </div>
      )}
    </article>
  )
}

export interface ErrorBubbleProps {
  readonly texts: Texts
  readonly sentence: string
  /**
   * True for a button that sends the message again. It needs the script. Without one, the text is
   * back in the box.
   */
  readonly retry: boolean
}

export function ErrorBubble({ texts, sentence, retry }: ErrorBubbleProps) {
  return (
    <article class="message error">
      <h2 class="visually-hidden">{texts.error}</h2>
      <div class="text" dir="auto" role="alert">
        {sentence}
      </div>
      {retry && (
        <div class="tools">
          <button type="button" class="retry">
            {texts.tryAgain}
          </button>
          <span class="countdown" />
        </div>
      )}
    </article>
  )
}
