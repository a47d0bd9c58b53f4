/**
 * Runs before the first paint, so that the page never shows the wrong colours or lacks its controls
 * for a moment.
 */

import { applyTheme, chosenTheme } from './colours.ts'

document.documentElement.classList.add('js')
applyTheme(chosenTheme())

/** When the other script cannot be loaded, the page is as without any script. */
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) document.documentElement.classList.remove('js')
  },
  true,
)
