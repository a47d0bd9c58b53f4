/**
 * Where the visitor writes: a form that works without a script, and around it what the script shows
 * and hides.
 */

import { pageOf } from './address.ts'
import { Icon, named } from './icon.tsx'
import type { Texts } from './texts/texts.ts'

/** A question that is in the box to be changed. */
export interface Editing {
  /** The turn's id. */
  readonly turn: string
  readonly text: string
  /** Whether the changed question takes the place of the old one. Else it begins a conversation. */
  readonly isLast: boolean
}

export interface ComposerProps {
  readonly base: string
  readonly texts: Texts
  /** What stands in the box already. It is empty unless a message failed. */
  readonly text: string
  readonly editing: Editing | null
  /** What is small under the box. */
  readonly note: string
}

export function Composer({ base, texts, text, editing, note }: ComposerProps) {
  const branches = editing !== null && !editing.isLast
  return (
    <div class="foot">
      <Above texts={texts} />
      <form
        class="composer"
        id="composer"
        method="post"
        action={`${base}/${branches ? 'fork' : 'chat'}`}
      >
        <Change base={base} texts={texts} editing={editing} />
        <label class="visually-hidden" for="message">
          {texts.message}
        </label>
        <textarea
          id="message"
          name="message"
          rows={1}
          required
          dir="auto"
          placeholder={texts.placeholder}
          aria-describedby="fine"
          autofocus
        >
          {text || editing?.text}
        </textarea>
        <button class="icon send" type="submit" data-action="send" {...named(texts.script.send)}>
          <Icon name="send" as="idle" />
          <Icon name="stop" as="busy" />
        </button>
      </form>
      <p class="fine" id="fine">
        {note}
      </p>
    </div>
  )
}

/** What floats above the box when the script shows it. */
function Above({ texts }: { readonly texts: Texts }) {
  return (
    <>
      <button class="button jump" type="button" data-action="jump" hidden>
        {texts.jump}
      </button>
      <div class="toast" id="toast" role="status" hidden>
        <span id="toast-text" />
        <button class="button" type="button" data-action="undo">
          {texts.undo}
        </button>
      </div>
      <ul class="queue" id="queue" aria-label={texts.queue} hidden />
    </>
  )
}

type ChangeProps = Pick<ComposerProps, 'base' | 'texts' | 'editing'>

/**
 * Says that the box holds a question to be changed. The script shows the same note for a question
 * that it puts there.
 */
function Change({ base, texts, editing }: ChangeProps) {
  return (
    <>
      {editing &&
        (editing.isLast ? (
          <input type="hidden" name="replaces" value="last" />
        ) : (
          <input type="hidden" name="turn" value={editing.turn} />
        ))}
      <p class="change" id="editing" hidden={editing === null}>
        <span id="editing-last" hidden={editing !== null && !editing.isLast}>
          {texts.editing}
        </span>
        <span id="editing-earlier" hidden={editing === null || editing.isLast}>
          {texts.branching}
        </span>
        <a class="button" href={pageOf(base)} data-action="cancel-edit">
          {texts.cancel}
        </a>
      </p>
    </>
  )
}
