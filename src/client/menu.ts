/** What the menu and the keyboard offer besides writing: colours, the list of keys. */

import { chooseTheme, chosenTheme, type Theme } from './colours.ts'
import { required } from './dom.ts'
import { forget, keep, kept } from './storage.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']
/** Kept when the visitor wants no key without a modifier (WCAG 2.1.4). */
const NO_HELP_KEY = 'aplly-no-help-key'

const help = required('#help', HTMLDialogElement)
const helpKey = required('[data-action="help-key"]', HTMLInputElement)

export function startMenu(): void {
  const buttons = document.querySelectorAll<HTMLButtonElement>('[data-action="theme"]')
  const showTheme = (): void => {
    for (const button of buttons) button.ariaPressed = String(button.value === chosenTheme())
  }
  showTheme()
  for (const button of buttons) {
    button.addEventListener('click', (event) => {
      event.preventDefault()
      chooseTheme(THEMES.find((theme) => theme === button.value) ?? 'system')
      showTheme()
    })
  }
  required('[data-action="help"]', HTMLButtonElement).addEventListener('click', () => {
    required('#menu', HTMLElement).hidePopover()
    // A browser that knows `command` has opened it already.
    if (!help.open) help.showModal()
  })
  helpKey.checked = kept(NO_HELP_KEY) === null
  helpKey.addEventListener('change', () => {
    if (helpKey.checked) forget(NO_HELP_KEY)
    else keep(NO_HELP_KEY, '1')
  })
}

/** Opens the list of keys, if `?` does that. */
export function openHelpByKey(): void {
  if (helpKey.checked) help.showModal()
}
