/** The list of keys. Only the script listens to them, and only it opens the list. */

import type { Child } from 'hono/jsx'
import type { Texts } from './texts/texts.ts'

export function HelpDialog({ texts }: { readonly texts: Texts }) {
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">{texts.help}</h2>
      <dl>
        <Key keys="Enter">{texts.script.send}</Key>
        <Key keys="Shift + Enter">{texts.keyNewLine}</Key>
        <Key keys="Esc">{texts.keyEscape}</Key>
        <Key keys="Ctrl/⌘ + Shift + O">{texts.newChat}</Key>
        <Key keys="Ctrl/⌘ + K">{texts.filter}</Key>
      </dl>
      <label>
        <input type="checkbox" checked data-action="help-key" /> {texts.helpKey}
      </label>
      <form method="dialog">
        <button class="button" type="submit">
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
