/** Runs before the first paint, so that the page never lacks its controls for a moment. */

document.documentElement.classList.add('js')

/** When the other script cannot be loaded, the page is as without any script. */
addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLScriptElement) document.documentElement.classList.remove('js')
  },
  true,
)
