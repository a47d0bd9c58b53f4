/** What the page's script clones, and the words that it says. */

import { pageOf } from './address.ts'
import { Icon, named } from './icon.tsx'
import { AssistantMessage, CopyIcons, ErrorMessage, UserMessage } from './message.tsx'
import type { Texts } from './texts/texts.ts'

interface TemplatesProps {
  readonly base: string
  readonly texts: Texts
}

export function Templates({ base, texts }: TemplatesProps) {
  const words = Object.entries(texts.script).map(([name, text]) => [`data-${name}`, text])
  return (
    <>
      <template id="texts" {...Object.fromEntries(words)} />
      <template id="user-message">
        <UserMessage texts={texts} editAt={`${pageOf(base)}?edit=last#message`} />
      </template>
      <template id="assistant-message">
        <AssistantMessage
          texts={texts}
          stopped={false}
          again={{ action: `${base}/chat`, message: '' }}
        />
      </template>
      <template id="error-message">
        <ErrorMessage texts={texts} sentence="" retry />
      </template>
      <template id="copy-code">
        <button class="icon copy-code" type="button" data-action="copy-code">
          <CopyIcons />
          <span>{texts.copy}</span>
        </button>
      </template>
      <template id="queued-message">
        <li class="queued">
          <span class="text" dir="auto" />
          <button class="icon" type="button" data-action="take-back" {...named(texts.takeBack)}>
            <Icon name="close" />
          </button>
        </li>
      </template>
      <template id="found-entry">
        <li class="entry">
          <a href="/">
            <bdi />
            <span class="excerpt" dir="auto" />
          </a>
        </li>
      </template>
    </>
  )
}
