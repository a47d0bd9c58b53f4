/** The chat page. A form first: it sends, shows and starts over without any script. */

import { type Excerpt, toMessages } from '../message.ts'
import { type Settings, TURN_TIMEOUTS } from '../settings.ts'
import { Layout } from './layout.tsx'
import { ErrorBubble, ForgottenNotice, MessageBubble } from './message.tsx'

/** How much longer than the server's own limit the script waits before it gives up, in milliseconds. */
const GRACE_MS = 5000

export interface ChatPageProps {
  readonly settings: Settings
  readonly excerpt: Excerpt
  /** A message sent by the form that got no reply: its text goes back into the box. */
  readonly failed?: { readonly text: string; readonly sentence: string }
}

export function ChatPage({ settings, excerpt, failed }: ChatPageProps) {
  return (
    <Layout title={settings.appName} live actions={<NewChat />}>
      <main>
        {settings.model === null && <DemoNotice />}
        <section id="conversation" role="log" aria-label="Conversation" tabindex={0}>
          <ForgottenNotice count={excerpt.forgotten} />
          {excerpt.earlier > 0 && <a href={`/?before=${excerpt.earlier}`}>Earlier messages</a>}
          {toMessages(excerpt.turns).map(({ role, content }) => (
            <MessageBubble from={role === 'user' ? 'user' : 'assistant'} content={content} />
          ))}
          {failed && <ErrorBubble sentence={failed.sentence} retry={false} />}
        </section>
        <Composer
          text={failed?.text ?? ''}
          limitMs={TURN_TIMEOUTS * settings.timeoutMs + GRACE_MS}
        />
      </main>
      <template id="user-bubble">
        <MessageBubble from="user" content="" />
      </template>
      <template id="assistant-bubble">
        <MessageBubble from="assistant" content="" />
      </template>
      <template id="error-bubble">
        <ErrorBubble sentence="" retry />
      </template>
    </Layout>
  )
}

function NewChat() {
  return (
    <form method="post" action="/reset" id="new-chat">
      <button type="submit">New Chat</button>
    </form>
  )
}

function DemoNotice() {
  return (
    <p class="notice demo" role="note">
      <strong>Demo:</strong> a small built-in program answers, not a language model. To connect a
      real one, set <code>HF_TOKEN</code> or <code>HF_MODEL_URL</code> in <code>.dev.vars</code> and
      start again.
    </p>
  )
}

function Composer({ text, limitMs }: { readonly text: string; readonly limitMs: number }) {
  return (
    <form method="post" action="/chat" id="composer" data-limit-ms={String(limitMs)}>
      <label class="visually-hidden" for="message">
        Message
      </label>
      <textarea
        id="message"
        name="message"
        rows={1}
        required
        dir="auto"
        placeholder="Type a message"
        autofocus
      >
        {text}
      </textarea>
      <button type="submit">Send</button>
    </form>
  )
}
