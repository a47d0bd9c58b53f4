/**
 * What a visitor chooses for all pages. The server keeps it in a cookie: a form sends it, and the
 * next page is rendered by it. The script only makes it instant.
 */

import { THEMES, type Theme } from './choices.ts'
import { Icon, type IconName, named } from './icon.tsx'
import { LANGUAGES } from './texts/choose.ts'
import type { Texts } from './texts/texts.ts'

const PATH = '/preferences'
const ICONS: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' }

interface ThemeProps {
  readonly theme: Theme
  readonly texts: Texts
}

export function ThemeForm({ theme, texts }: ThemeProps) {
  return (
    <form method="post" action={PATH}>
      <fieldset class="choice">
        <legend>{texts.theme}</legend>
        <div>
          {THEMES.map((name) => (
            <button
              class="icon"
              type="submit"
              name="theme"
              value={name}
              data-action="theme"
              aria-pressed={name === theme ? 'true' : 'false'}
            >
              <Icon name={ICONS[name]} />
              {texts.themes[name]}
            </button>
          ))}
        </div>
      </fieldset>
    </form>
  )
}

export function LanguageForm({ texts }: { readonly texts: Texts }) {
  return (
    <details>
      <summary class="item">
        <Icon name="globe" />
        {texts.chooseLanguage}
        <span class="value">{texts.name}</span>
        <Icon name="down" as="turn" />
      </summary>
      <form class="fold" method="post" action={PATH}>
        {LANGUAGES.map(({ language, name }) => (
          <button class="item" type="submit" name="language" value={language} lang={language}>
            <bdi>{name}</bdi>
          </button>
        ))}
      </form>
    </details>
  )
}

/** Both buttons are there. The style sheet shows the one that changes something. */
export function ListForm({ texts }: { readonly texts: Texts }) {
  return (
    <form class="wide" method="post" action={PATH} data-action="list-shown">
      <button class="icon hide" type="submit" name="list" value="hidden" {...named(texts.hideList)}>
        <Icon name="list" />
      </button>
      <button class="icon show" type="submit" name="list" value="shown" {...named(texts.showList)}>
        <Icon name="list" />
      </button>
    </form>
  )
}
