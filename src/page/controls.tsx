/**
 * What stands in the bar, and the list of keys. The menu is a popover, so it opens without a
 * script.
 */

import type { Child } from 'hono/jsx'
import type { Texts } from './texts/texts.ts'

export function Menu({ texts }: { readonly texts: Texts }) {
  return (
    <div class="actions">
      <form method="post" action="/reset" id="new-chat">
        <button type="submit">{texts.newChat}</button>
      </form>
      <button type="button" class="icon" popovertarget="menu" aria-label={texts.menu}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 12h.01M12 12h.01M19 12h.01" />
        </svg>
      </button>
      <div id="menu" popover="auto">
        <a href="/history?format=md" download="conversation.md">
          {texts.exportMarkdown}
        </a>
        <a href="/history?format=json" download="conversation.json">
          {texts.exportJson}
        </a>
        <button type="button" class="live" id="theme">
          {texts.theme}: <span />
        </button>
        <button type="button" class="live" id="help-button">
          {texts.help}
        </button>
      </div>
    </div>
  )
}

export function HelpDialog({ texts }: { readonly texts: Texts }) {
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">{texts.help}</h2>
      <dl>
        <Key keys="Enter">{texts.script.send}</Key>
        <Key keys="Shift + Enter">{texts.keyNewLine}</Key>
        <Key keys="Esc">{texts.keyEscape}</Key>
        <Key keys="Ctrl/⌘ + Shift + O">{texts.newChat}</Key>
      </dl>
      <label>
        <input type="checkbox" id="help-key" checked /> {texts.helpKey}
      </label>
      <form method="dialog">
        <button type="submit" class="outlined">
          {texts.close}
        </button>
      </form>
    </dialog>
  )
}

function Key({ keys, children }: { readonly keys: string; readonly children: Child }) {
  return (
    <div>
      <dt>
        <kbd dir="ltr">{keys}</kbd>
      </dt>
      <dd>{children}</dd>
    </div>
  )
}
