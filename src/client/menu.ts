/** What the menu and the keyboard offer besides writing: colours, the list of keys. */

import { chooseTheme, chosenTheme, type Theme } from './colours.ts'
import { required, word } from './dom.ts'
import { forget, keep, kept } from './storage.ts'

const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' }
/** Kept when the visitor wants no key without a modifier (WCAG 2.1.4). */
const NO_HELP_KEY = 'aplly-no-help-key'

const theme = required('#theme', HTMLButtonElement)
const help = required('#help', HTMLDialogElement)
const helpKey = required('#help-key', HTMLInputElement)

export function startMenu(): void {
  const showTheme = (): void => {
    required('span', HTMLElement, theme).textContent = word(chosenTheme())
  }
  showTheme()
  theme.addEventListener('click', () => {
    chooseTheme(NEXT[chosenTheme()])
    showTheme()
  })
  required('#help-button', HTMLButtonElement).addEventListener('click', () => {
    required('#menu', HTMLElement).hidePopover()
    help.showModal()
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
