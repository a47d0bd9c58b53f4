/**
 * The menu of one conversation in the list. It is a popover with foldable parts, so it works
 * without a script.
 */

import { baseOf } from './address.ts'
import { Icon } from './icon.tsx'
import type { Texts } from './texts/texts.ts'

/** A conversation as the list shows it. */
export interface ListEntry {
  readonly id: string
  readonly title: string
  /** Seconds since 1970. */
  readonly startedAt: number
  /** Address of its shared copy. */
  readonly shared: string | null
}

export interface EntryMenuProps {
  readonly entry: ListEntry
  readonly texts: Texts
  readonly canShare: boolean
}

/** The id of a conversation's menu. A button opens it by that. */
export function menuIdOf({ id }: ListEntry): string {
  return `of-${id}`
}

export function EntryMenu({ entry, texts, canShare }: EntryMenuProps) {
  const base = baseOf(entry.id)
  return (
    <div class="menu" id={menuIdOf(entry)} popover="auto">
      <p class="title" dir="auto">
        {entry.title}
      </p>
      <Rename entry={entry} texts={texts} />
      <CopyItems base={base} texts={texts} canShare={canShare} shared={entry.shared} />
      <ExportLinks base={base} texts={texts} />
      <Delete entry={entry} texts={texts} />
    </div>
  )
}

interface PartProps {
  readonly entry: ListEntry
  readonly texts: Texts
}

/** Parts of one name fold each other up. */
function Rename({ entry, texts }: PartProps) {
  return (
    <details name={menuIdOf(entry)}>
      <summary class="item">
        <Icon name="edit" />
        {texts.rename}
        <Icon name="down" as="turn" />
      </summary>
      <form class="fold" method="post" action={`${baseOf(entry.id)}/title`} data-action="rename">
        <input
          class="field"
          name="title"
          value={entry.title}
          aria-label={texts.newName}
          maxlength={80}
          required
          dir="auto"
        />
        <button class="button main" type="submit">
          {texts.save}
        </button>
      </form>
    </details>
  )
}

/** The question before a deletion is the second button. */
function Delete({ entry, texts }: PartProps) {
  return (
    <details name={menuIdOf(entry)}>
      <summary class="item grave">
        <Icon name="trash" />
        {texts.remove}
        <Icon name="down" as="turn" />
      </summary>
      <form class="fold" method="post" action={`${baseOf(entry.id)}/delete`} data-action="delete">
        <p>{texts.removeNote}</p>
        <button class="button grave" type="submit">
          {texts.removeNow}
        </button>
      </form>
    </details>
  )
}

interface ItemsProps {
  readonly base: string
  readonly texts: Texts
}

interface CopyItemsProps extends ItemsProps {
  readonly canShare: boolean
  /** Address of the shared copy. */
  readonly shared: string | null
}

/** Shares a conversation, or leads to its copy and ends the sharing. */
export function CopyItems({ base, texts, canShare, shared }: CopyItemsProps) {
  if (shared !== null) {
    return (
      <>
        <a class="item" href={shared}>
          <Icon name="link" />
          {texts.openCopy}
        </a>
        <form method="post" action={`${base}/unshare`} data-action="unshare">
          <button class="item" type="submit">
            <Icon name="close" />
            {texts.unshare}
          </button>
        </form>
      </>
    )
  }
  if (!canShare) return null
  return (
    <form method="post" action={`${base}/share`} data-action="share">
      <button class="item" type="submit">
        <Icon name="share" />
        {texts.share}
      </button>
    </form>
  )
}

/** Saves a conversation as a file. */
export function ExportLinks({ base, texts }: ItemsProps) {
  const formats = [
    ['md', texts.exportMarkdown],
    ['json', texts.exportJson],
  ]
  return (
    <>
      {formats.map(([format, text]) => (
        <a
          class="item"
          href={`${base}/history?format=${format}`}
          download={`conversation.${format}`}
          data-action="export"
        >
          <Icon name="save" />
          {text}
        </a>
      ))}
    </>
  )
}
