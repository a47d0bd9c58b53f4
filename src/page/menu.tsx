/** What the bar's menu offers. It opens without a script, and all that needs one is `live`. */

import type { Theme } from './choices.ts'
import { CopyItems, ExportLinks } from './entry-menu.tsx'
import { Icon } from './icon.tsx'
import { LanguageForm, ThemeForm } from './preferences.tsx'
import type { Texts } from './texts/texts.ts'

export interface MenuProps {
  readonly base: string
  readonly texts: Texts
  readonly theme: Theme
  readonly canShare: boolean
  /** Address of the conversation's shared copy. */
  readonly shared: string | null
}

export function MenuItems({ base, texts, theme, canShare, shared }: MenuProps) {
  return (
    <>
      <CopyItems base={base} texts={texts} canShare={canShare} shared={shared} />
      <ExportLinks base={base} texts={texts} />
      <hr />
      <button class="item live" type="button" data-action="export-all">
        <Icon name="save" />
        {texts.exportAll}
      </button>
      <Import texts={texts} />
      <hr />
      <PreferenceItems texts={texts} theme={theme} />
      <button
        class="item live"
        type="button"
        command="show-modal"
        commandfor="help"
        data-action="help"
      >
        <Icon name="keys" />
        {texts.help}
      </button>
    </>
  )
}

/** What every page may offer. */
export function PreferenceItems({ texts, theme }: Pick<MenuProps, 'texts' | 'theme'>) {
  return (
    <>
      <ThemeForm texts={texts} theme={theme} />
      <LanguageForm texts={texts} />
    </>
  )
}

function Import({ texts }: { readonly texts: Texts }) {
  return (
    <details>
      <summary class="item">
        <Icon name="share" />
        {texts.importing}
        <Icon name="down" as="turn" />
      </summary>
      <form
        class="fold"
        method="post"
        action="/import"
        enctype="multipart/form-data"
        data-action="import"
      >
        <label>
          <span>{texts.importFile}</span>
          <input type="file" name="file" accept="application/json,.json" required />
        </label>
        <button class="button main" type="submit">
          {texts.importNow}
        </button>
      </form>
    </details>
  )
}
