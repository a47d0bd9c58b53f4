/** Runs before the first paint, so that the page never flashes in the wrong colours nor with controls that come later. */

import { applyTheme, chosenTheme } from './colours.ts'

document.documentElement.classList.add('js')
applyTheme(chosenTheme())

/** The other script cannot be loaded: the page is then as without any. */
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) document.documentElement.classList.remove('js')
  },
  true,
)
