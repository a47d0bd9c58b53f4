/** What an empty conversation shows: a greeting, and a few questions that a press asks. */

import { Icon } from './icon.tsx'
import type { Texts } from './texts/texts.ts'

export interface WelcomeProps {
  readonly texts: Texts
  /** True when the built-in demo model answers. */
  readonly isDemo: boolean
  /** The title of the conversation that goes when this one begins. */
  readonly leaving: string | null
}

export function Welcome({ texts, isDemo, leaving }: WelcomeProps) {
  return (
    <div class="welcome" id="welcome">
      <div class="hello">
        <h2>{texts.greeting}</h2>
        {isDemo && <Demo texts={texts} />}
        {leaving !== null && <Leaving text={texts.leaving} title={leaving} />}
      </div>
      <div class="cards">
        {texts.ideas.map((idea) => (
          // The button is the composer's. The box may be empty when it is pressed.
          <button
            class="card"
            type="submit"
            form="composer"
            name="starter"
            value={idea}
            formnovalidate
            data-action="starter"
          >
            {idea}
            <Icon name="go" />
          </button>
        ))}
      </div>
    </div>
  )
}

interface LeavingProps {
  /** Holds `{title}`. */
  readonly text: string
  readonly title: string
}

/** The title may be written in another direction than the page. */
function Leaving({ text, title }: LeavingProps) {
  const [before, after] = text.split('{title}')
  return (
    <p class="leaving" role="note">
      {before}
      <bdi>{title}</bdi>
      {after}
    </p>
  )
}

/** Says that no model answers. It unfolds to what the owner can do about it. */
function Demo({ texts }: { readonly texts: Texts }) {
  return (
    <details class="demo">
      <summary>
        {texts.demo}
        <Icon name="down" as="turn" />
      </summary>
      <p>
        {texts.demoHelp
          .split('`')
          .map((part, place) => (place % 2 === 1 ? <code dir="ltr">{part}</code> : part))}
      </p>
    </details>
  )
}
