/** The visitor's choice of colours. The style sheet does the rest. */

import { forget, keep, kept } from './storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'aplly-theme'

export function chosenTheme(): Theme {
  const theme = kept(KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') forget(KEY)
  else keep(KEY, theme)
  applyTheme(theme)
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
}
