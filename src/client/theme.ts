/** Runs before the first paint, so that the page never flashes in the wrong colours nor with controls that come later. */

import { applyTheme, chosenTheme } from './colours.ts'

document.documentElement.classList.add('js')
applyTheme(chosenTheme())
