/** What the menu and the keyboard offer besides writing: colours, the list, the list of keys. */

import { required, requiredOf } from '../dom.ts'
import { post } from '../net/api.ts'
import { forget, keep, kept } from '../net/storage.ts'

/** Kept when the visitor wants no key without a modifier (WCAG 2.1.4). */
const NO_HELP_KEY = 'aplly-no-help-key'
/** Where an earlier version kept the colours. */
const OLD_THEME = 'aplly-theme'

const help = requiredOf(HTMLDialogElement, '#help')
const helpKey = requiredOf(HTMLInputElement, '[data-action=help-key]')

export function startMenus(): void {
  helpKey.checked = kept(NO_HELP_KEY) === null
  helpKey.addEventListener('change', () => {
    if (helpKey.checked) forget(NO_HELP_KEY)
    else keep(NO_HELP_KEY, '1')
  })
  const theme = kept(OLD_THEME)
  if (theme) prefer('theme', theme)
  forget(OLD_THEME)
}

/** Shows at once what the visitor prefers, and has the server remember it for the next page. */
export function prefer(name: string, value: string): void {
  document.documentElement.dataset[name] = value
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-action=theme]')) {
    if (button.name === name) button.ariaPressed = String(button.value === value)
  }
  post('/preferences', { [name]: value }).catch(() => {
    // The server cannot be reached. The choice holds for this page.
  })
}

export function openHelp(): void {
  required('#menu').hidePopover()
  help.showModal()
}

/** Opens the list of keys, if `?` does that. */
export function openHelpByKey(): void {
  if (helpKey.checked) help.showModal()
}
