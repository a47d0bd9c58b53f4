/** The chat page. It is a form first: it sends, shows and starts over without any script. */

import { raw } from 'hono/html'
import type { Excerpt } from '../conversation/turn.ts'
import { pageOf } from './address.ts'
import { ChatBar } from './bar.tsx'
import type { Preferences } from './choices.ts'
import { Composer, type Editing } from './composer.tsx'
import { ConversationList, type Conversations } from './conversation-list.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { Layout } from './layout.tsx'
import { MenuItems } from './menu.tsx'
import { ErrorMessage } from './message.tsx'
import { Templates } from './templates.tsx'
import type { Texts } from './texts/texts.ts'
import { renderThread } from './thread.tsx'
import { Welcome } from './welcome.tsx'

export interface ChatPageProps {
  readonly appName: string
  /** True when the built-in demo model answers. */
  readonly isDemo: boolean
  readonly texts: Texts
  readonly preferences: Preferences
  /** Seconds since 1970. */
  readonly now: number
  /**
   * Where the conversation lives that the composer talks to: `''` for the root's own one, or
   * `/c/<id>`.
   */
  readonly base: string
  /** The conversation's. Empty for an empty one. */
  readonly title: string
  readonly excerpt: Excerpt
  readonly list: Conversations
  readonly canShare: boolean
  /** Address of the conversation's shared copy. */
  readonly shared: string | null
  /** The question that the address asks to change. */
  readonly editing: Editing | null
  /** The title of the conversation that goes when a new one begins, as there is no store. */
  readonly leaving: string | null
  /** True for a visitor who was here a moment ago and brought no session back. */
  readonly cookieless: boolean
  /** The id of the conversation that shall move to the store next. */
  readonly park?: string | undefined
  /** A message that the form sent and that got no reply. Its text goes back into the box. */
  readonly failed?: { readonly text: string; readonly sentence: string }
}

export function ChatPage(props: ChatPageProps) {
  const { appName, isDemo, texts, preferences, base, title, list, canShare, editing } = props
  return (
    <Layout
      appName={appName}
      title={title}
      texts={texts}
      preferences={preferences}
      park={props.park}
      live
    >
      <a class="skip" href="#message">
        {texts.skip}
      </a>
      <ChatBar
        appName={appName}
        texts={texts}
        isDemo={isDemo}
        menu={
          <MenuItems
            base={base}
            texts={texts}
            theme={preferences.theme}
            canShare={canShare}
            shared={props.shared}
          />
        }
      />
      <div class="frame">
        <ConversationList
          base={base}
          appName={appName}
          texts={texts}
          list={list}
          canShare={canShare}
          now={props.now}
        />
        <main>
          <h1 class="visually-hidden">{title || appName}</h1>
          {props.cookieless && (
            <p class="warning" id="cookieless" role="alert">
              {texts.cookieless}
            </p>
          )}
          <Conversation {...props} />
          <div id="end" />
          <Composer
            base={base}
            texts={texts}
            text={props.failed?.text ?? ''}
            editing={editing}
            note={isDemo && props.excerpt.turns.length > 0 ? texts.demo : texts.caution}
          />
          <p id="status" class="visually-hidden" role="status" />
        </main>
      </div>
      <HelpDialog texts={texts} />
      <Templates base={base} texts={texts} />
    </Layout>
  )
}

function Conversation({ isDemo, texts, base, excerpt, leaving, failed }: ChatPageProps) {
  const { turns, unreadable, later } = excerpt
  const thread = renderThread(turns, { texts, base, isNewest: later === 0 })
  const hidden = turns.length - thread.count
  // Turns that cannot be read may be among the hidden ones. The link may then show a turn twice,
  // but it never leaves one out.
  const earlier = excerpt.earlier + (hidden > 0 ? hidden + unreadable : 0)
  return (
    <section
      class="thread"
      id="thread"
      role="log"
      aria-label={texts.conversation}
      aria-live="off"
      tabindex={-1}
    >
      {turns.length === 0 && !failed && <Welcome texts={texts} isDemo={isDemo} leaving={leaving} />}
      <Notice id="forgotten" count={excerpt.forgotten} text={texts.forgotten} />
      <Notice id="unreadable" count={excerpt.unreadable} text={texts.unreadable} />
      {earlier > 0 && (
        <a
          class="button more"
          id="earlier"
          href={`${pageOf(base)}?before=${earlier}`}
          data-action="earlier"
        >
          {texts.earlier}
        </a>
      )}
      {raw(thread.html)}
      {later > 0 && (
        <a class="button more" id="newest" href={`${pageOf(base)}#end`}>
          {texts.newest}
        </a>
      )}
      {failed && <ErrorMessage texts={texts} sentence={failed.sentence} retry={false} />}
    </section>
  )
}

interface NoticeProps {
  readonly id: string
  readonly count: number
  /** Follows the number. */
  readonly text: string
}

function Notice({ id, count, text }: NoticeProps) {
  return (
    <p class="notice" id={id} hidden={count === 0}>
      <span>
        <span id={`${id}-count`}>{count}</span> {text}
      </span>
    </p>
  )
}
