/**
 * Where the visitor writes: a form that works without a script, and around it what the script shows
 * and hides.
 */

import type { Texts } from './texts/texts.ts'

/** `text` stands in the box already. It is empty unless a message failed. */
export function Composer({ text, texts }: { readonly text: string; readonly texts: Texts }) {
  return (
    <div class="foot">
      <button type="button" id="jump" hidden>
        {texts.jump}
      </button>
      <div id="toast" role="status" hidden>
        <span id="toast-text" />
        <button type="button" class="outlined" id="undo">
          {texts.undo}
        </button>
      </div>
      <form method="post" action="/chat" id="composer">
        <p id="editing" hidden>
          {texts.editing}
          <button type="button" class="outlined" id="cancel">
            {texts.cancel}
          </button>
        </p>
        <label class="visually-hidden" for="message">
          {texts.message}
        </label>
        <textarea
          id="message"
          name="message"
          rows={1}
          required
          dir="auto"
          placeholder={texts.placeholder}
          autofocus
        >
          {text}
        </textarea>
        <button type="submit" id="send">
          <span class="visually-hidden">{texts.script.send}</span>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path class="arrow" d="M12 20V5m-6 6 6-6 6 6" />
            <rect class="square" x="7" y="7" width="10" height="10" rx="2" />
          </svg>
        </button>
      </form>
    </div>
  )
}
