/**
 * The list of conversations. It is a popover: a drawer on a phone, which opens without a script.
 * The style sheet shows it as a column where the window is wide.
 */

import { baseOf, END, pageOf } from './address.ts'
import { Brand } from './bar.tsx'
import { type DayGroup, groupByDay } from './days.ts'
import { EntryMenu, type ListEntry, menuIdOf } from './entry-menu.tsx'
import { Icon, named } from './icon.tsx'
import type { Texts } from './texts/texts.ts'

export interface Conversations {
  /** Newest first, and only those that fit the filter. */
  readonly entries: readonly ListEntry[]
  /** False while some older ones cannot be listed. */
  readonly isWhole?: boolean
  /** What the titles must hold. Empty for all conversations. */
  readonly filter: string
  /** The id of the conversation that the page shows. */
  readonly current: string | null
}

export interface ConversationListProps {
  readonly base: string
  readonly appName: string
  readonly texts: Texts
  readonly list: Conversations
  readonly canShare: boolean
  /** Seconds since 1970. */
  readonly now: number
}

export function ConversationList(props: ConversationListProps) {
  const { base, appName, texts, list, canShare, now } = props
  // An empty page has the root's address, and talks to a conversation that does not exist yet.
  const page = list.current === null ? pageOf('') : pageOf(base)
  const empty = list.filter === '' ? texts.noneYet : texts.noneFound
  return (
    <nav class="list" id="list" popover="auto" aria-label={texts.conversations}>
      <header class="narrow">
        <Brand appName={appName} />
        <button
          class="icon"
          type="button"
          popovertarget="list"
          popovertargetaction="hide"
          {...named(texts.close)}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="tasks">
        <form method="post" action="/new" data-action="new">
          <button class="button" type="submit">
            <Icon name="new" />
            {texts.newChat}
          </button>
        </form>
        <Filter texts={texts} filter={list.filter} page={page} />
      </div>
      <div class="entries">
        {groupByDay(list.entries, now).map((group) => (
          <Group group={group} current={list.current} texts={texts} canShare={canShare} />
        ))}
        {list.entries.length === 0 && <p class="none">{empty}</p>}
        {list.isWhole === false && <p class="none">{texts.notWhole}</p>}
        <ul class="found" id="found" hidden />
      </div>
    </nav>
  )
}

interface FilterProps {
  readonly texts: Texts
  readonly filter: string
  readonly page: string
}

/** Asks for the same page with the conversations whose titles fit. */
function Filter({ texts, filter, page }: FilterProps) {
  return (
    <search>
      <form method="get" action={page} data-action="filter">
        <label class="filter">
          <span class="visually-hidden">{texts.filter}</span>
          <Icon name="search" />
          <input
            class="field"
            id="filter"
            type="search"
            name="q"
            value={filter}
            placeholder={texts.filterHint}
            dir="auto"
          />
        </label>
      </form>
    </search>
  )
}

interface GroupProps {
  readonly group: DayGroup<ListEntry>
  readonly current: string | null
  readonly texts: Texts
  readonly canShare: boolean
}

function Group({ group: { day, entries }, current, texts, canShare }: GroupProps) {
  return (
    <>
      <h2>{texts.days[day]}</h2>
      <ul>
        {entries.map((entry) => (
          <li class="entry" data-id={entry.id}>
            <a
              href={baseOf(entry.id) + END}
              aria-current={entry.id === current ? 'page' : undefined}
            >
              <bdi>{entry.title || texts.untitled}</bdi>
              {entry.shared !== null && (
                <>
                  <Icon name="link" />
                  <span class="visually-hidden">, {texts.shared}</span>
                </>
              )}
            </a>
            <button
              class="icon"
              type="button"
              popovertarget={menuIdOf(entry)}
              aria-label={texts.options.replace('{title}', () => entry.title)}
            >
              <Icon name="more" />
            </button>
            <EntryMenu entry={entry} texts={texts} canShare={canShare} />
          </li>
        ))}
      </ul>
    </>
  )
}
