/** What a visitor can choose for all pages, as values. */

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Whether a wide window shows the list of conversations. */
export const LISTS = ['shown', 'hidden'] as const

export interface Preferences {
  readonly theme: Theme
  readonly list: (typeof LISTS)[number]
}

/** What holds for a visitor who has chosen nothing. */
export const NO_PREFERENCES: Preferences = { theme: 'system', list: 'shown' }
