/**
 * The messages of a conversation. They are written once, here: the page's script clones them from
 * templates.
 */

import type { Child } from 'hono/jsx'
import { Icon, named } from './icon.tsx'
import type { Texts } from './texts/texts.ts'

interface MessageProps {
  readonly texts: Texts
  /** The turn's id; absent in a template. */
  readonly turn?: string
  readonly children?: Child
}

interface UserMessageProps extends MessageProps {
  /** The page that puts this question into the box. Null where it cannot be changed. */
  readonly editAt: string | null
}

export function UserMessage({ texts, turn, editAt, children }: UserMessageProps) {
  return (
    <article class="message user" data-role="user" data-turn={turn}>
      <h2 class="visually-hidden">{texts.you}</h2>
      <div class="text" dir="auto">
        {children}
      </div>
      {editAt !== null && (
        <div class="tools">
          <a class="icon" href={editAt} data-action="edit" {...named(texts.edit)}>
            <Icon name="edit" />
          </a>
        </div>
      )}
    </article>
  )
}

/** What asks a question once more, in the place of its first answer. */
export interface Again {
  /** Where the form goes. */
  readonly action: string
  readonly message: string
}

interface AssistantMessageProps extends MessageProps {
  /** The reply as Markdown, for Copy; absent where the shown text is the same. */
  readonly source?: string | undefined
  readonly stopped: boolean
  /** Null where the reply cannot be replaced. */
  readonly again: Again | null
}

/**
 * A reply. Each block in it has a direction of its own. The place of the text has none: with
 * `dir="auto"` it would read left to right, whatever its blocks say.
 */
export function AssistantMessage(props: AssistantMessageProps) {
  const { texts, turn, source, stopped, again, children } = props
  return (
    <article class="message assistant" data-role="assistant" data-turn={turn} data-source={source}>
      <h2 class="visually-hidden">{texts.assistant}</h2>
      <div class="text">{children}</div>
      <p class="mark" hidden={!stopped}>
        <Icon name="stop" />
        <span>{texts.stopped}</span>
      </p>
      <div class="tools">
        <CopyButton texts={texts} />
        {again && <AgainForm texts={texts} again={again} />}
      </div>
    </article>
  )
}

function CopyButton({ texts }: { readonly texts: Texts }) {
  return (
    <button class="icon live" type="button" data-action="copy" {...named(texts.copy)}>
      <CopyIcons />
    </button>
  )
}

/** One of the two is shown. The other one says for a moment that it is done. */
export function CopyIcons() {
  return (
    <>
      <Icon name="copy" as="idle" />
      <Icon name="check" as="done" />
    </>
  )
}

function AgainForm({ texts, again }: { readonly texts: Texts; readonly again: Again }) {
  return (
    <form method="post" action={again.action} data-action="again">
      <input type="hidden" name="message" value={again.message} />
      <input type="hidden" name="replaces" value="last" />
      <button class="icon" type="submit" {...named(texts.tryAgain)}>
        <Icon name="again" />
      </button>
    </form>
  )
}

export interface ErrorMessageProps {
  readonly texts: Texts
  readonly sentence: string
  /**
   * True for a button that sends the message again. It needs the script. Without one, the text is
   * back in the box.
   */
  readonly retry: boolean
}

export function ErrorMessage({ texts, sentence, retry }: ErrorMessageProps) {
  return (
    <article class={retry ? 'message error' : 'message error note'} data-role="error">
      <h2 class="visually-hidden">{texts.error}</h2>
      <Icon name="alert" />
      <div>
        <div class="text" dir="auto" role="alert">
          {sentence}
        </div>
        {retry && (
          <div class="tools">
            <button class="button" type="button" data-action="retry">
              {texts.tryAgain}
            </button>
            <span class="countdown" />
          </div>
        )}
      </div>
    </article>
  )
}
