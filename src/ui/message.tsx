/** The bubbles of a conversation. The page's script clones them from templates, so that they are written once, here. */

import type { Role } from '../message.ts'

export interface MessageBubbleProps {
  readonly from: Exclude<Role, 'system'>
  readonly content: string
}

export function MessageBubble({ from, content }: MessageBubbleProps) {
  return (
    <article class={`message ${from}`}>
      <h2 class="visually-hidden">{from === 'user' ? 'You' : 'Assistant'}</h2>
      <div class="text" dir="auto">
        {content}
      </div>
    </article>
  )
}

export interface ErrorBubbleProps {
  readonly sentence: string
  /** With a script, the message can be sent again from here; without one, its text is back in the box. */
  readonly retry: boolean
}

export function ErrorBubble({ sentence, retry }: ErrorBubbleProps) {
  return (
    <article class="message error" role="alert">
      <h2 class="visually-hidden">Error</h2>
      <div class="text">{sentence}</div>
      {retry && (
        <button type="button" class="retry">
          Try again
        </button>
      )}
    </article>
  )
}

export function ForgottenNotice({ count }: { readonly count: number }) {
  return (
    <p class="notice" id="forgotten" hidden={count === 0}>
      <span id="forgotten-count">{count}</span> earlier messages are no longer remembered.
    </p>
  )
}
