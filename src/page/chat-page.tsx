/** The chat page. It is a form first: it sends, shows and starts over without any script. */

import { raw } from 'hono/html'
import type { Excerpt } from '../conversation/turn.ts'
import { Composer } from './composer.tsx'
import { HelpDialog, Menu } from './controls.tsx'
import { Layout } from './layout.tsx'
import { AssistantBubble, ErrorBubble, UserBubble } from './message.tsx'
import type { Texts } from './texts/texts.ts'
import { renderThread } from './thread.tsx'

export interface ChatPageProps {
  readonly appName: string
  /** True when the built-in demo model answers. */
  readonly isDemo: boolean
  readonly excerpt: Excerpt
  readonly texts: Texts
  /** True for a visitor who was here a moment ago and brought no session back. */
  readonly cookieless: boolean
  /** A message that the form sent and that got no reply. Its text goes back into the box. */
  readonly failed?: { readonly text: string; readonly sentence: string }
}

export function ChatPage({ appName, isDemo, excerpt, texts, cookieless, failed }: ChatPageProps) {
  const { turns, unreadable, later } = excerpt
  const thread = renderThread(turns, texts)
  const hidden = turns.length - thread.count
  // Turns that cannot be read may be among the hidden ones. The link may then show a turn twice,
  // but it never leaves one out.
  const earlier = excerpt.earlier + (hidden > 0 ? hidden + unreadable : 0)
  return (
    <Layout title={appName} texts={texts} live actions={<Menu texts={texts} />}>
      <main>
        {isDemo && (
          <p class="notice demo" role="note">
            <strong>{texts.demoTitle}</strong> {texts.demo}
          </p>
        )}
        {cookieless && (
          <p class="notice" id="cookieless" role="alert">
            {texts.cookieless}
          </p>
        )}
        <section
          id="conversation"
          role="log"
          aria-label={texts.conversation}
          aria-live="off"
          tabindex={0}
        >
          <div id="thread">
            {turns.length === 0 && !failed && <Welcome texts={texts} />}
            <Notice id="forgotten" count={excerpt.forgotten} text={texts.forgotten} />
            <Notice id="unreadable" count={excerpt.unreadable} text={texts.unreadable} />
            {earlier > 0 && (
              <a class="more outlined" id="earlier" href={`/?before=${earlier}`}>
                {texts.earlier}
              </a>
            )}
            {raw(thread.html)}
            {later > 0 && (
              <a class="more outlined" id="newest" href="/">
                {texts.newest}
              </a>
            )}
            {failed && <ErrorBubble texts={texts} sentence={failed.sentence} retry={false} />}
          </div>
        </section>
        <Composer text={failed?.text ?? ''} texts={texts} />
      </main>
      <p id="status" class="visually-hidden" role="status" />
      <HelpDialog texts={texts} />
      <Templates texts={texts} />
    </Layout>
  )
}

/** What an empty conversation shows: a few questions, each of which is a button that asks it. */
function Welcome({ texts }: { readonly texts: Texts }) {
  return (
    <form method="post" action="/chat" id="welcome">
      <h2>{texts.greeting}</h2>
      {texts.ideas.map((idea) => (
        <button type="submit" name="message" value={idea}>
          {idea}
        </button>
      ))}
    </form>
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
      <span id={`${id}-count`}>{count}</span> {text}
    </p>
  )
}

/** What the page's script clones, and the words that it says. */
function Templates({ texts }: { readonly texts: Texts }) {
  const words = Object.entries(texts.script).map(([name, text]) => [`data-${name}`, text])
  return (
    <>
      <template id="texts" {...Object.fromEntries(words)} />
      <template id="user-bubble">
        <UserBubble texts={texts} />
      </template>
      <template id="assistant-bubble">
        <AssistantBubble texts={texts} stopped={false} />
      </template>
      <template id="error-bubble">
        <ErrorBubble texts={texts} sentence="" retry />
      </template>
      <template id="copy-code">
        <button type="button" class="copy-code">
          {texts.copy}
        </button>
      </template>
      <template id="welcome-again">
        <Welcome texts={texts} />
      </template>
    </>
  )
}
