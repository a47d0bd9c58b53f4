/** A conversation as its owner shared it: a copy, for reading only. It needs no script. */

import { raw } from 'hono/html'
import type { SavedTurn } from '../conversation/turn.ts'
import { PlainBar } from './bar.tsx'
import { NO_PREFERENCES, type Preferences } from './choices.ts'
import { Layout } from './layout.tsx'
import { PreferenceItems } from './menu.tsx'
import type { Texts } from './texts/texts.ts'
import { renderThread } from './thread.tsx'

export interface SharedPageProps {
  readonly appName: string
  readonly texts: Texts
  /** What the reader chose for all pages. */
  readonly preferences?: Preferences
  readonly title: string
  /** Oldest first. */
  readonly turns: readonly SavedTurn[]
  /** How many messages of the conversation are not in the copy. */
  readonly leftOut: number
  /** Seconds since 1970. */
  readonly sharedAt: number
  /** Seconds since 1970. Null for a copy without an end. */
  readonly endsAt: number | null
  /** Where the form goes that continues the copy in a conversation of the reader's own. */
  readonly continueAt: string
  /** True when the reader is who shared it. */
  readonly isOwner: boolean
  /** Where the form goes that ends the sharing. Null for all but the owner. */
  readonly unshareAt: string | null
}

export function SharedPage(props: SharedPageProps) {
  const { appName, texts, preferences = NO_PREFERENCES, title } = props
  const { html, count } = renderThread(props.turns, { texts, base: null, isNewest: false })
  // The page holds less than a megabyte.
  const leftOut = props.leftOut + 2 * (props.turns.length - count)
  const menu = <PreferenceItems texts={texts} theme={preferences.theme} />
  return (
    <Layout appName={appName} title={title} texts={texts} preferences={preferences} unlisted>
      <PlainBar appName={appName} texts={texts} menu={menu} />
      <main>
        <section class="thread" aria-labelledby="title">
          <About {...props} />
          {leftOut > 0 && (
            <p class="notice">
              {leftOut} {texts.leftOut}
            </p>
          )}
          {raw(html)}
        </section>
        <div class="foot">
          <form class="own" method="post" action={props.continueAt}>
            <p class="quiet">{texts.own}</p>
            <button class="button main" type="submit">
              {texts.proceed}
            </button>
          </form>
          <p class="fine">{texts.caution}</p>
        </div>
      </main>
    </Layout>
  )
}

/** What this page is, and for its owner a way to end it. */
function About({ texts, title, sharedAt, endsAt, isOwner, unshareAt }: SharedPageProps) {
  return (
    <div class="about">
      <h1 id="title" dir="auto">
        {title}
      </h1>
      <p>
        <Dated text={texts.copyFrom} seconds={sharedAt} language={texts.language} />{' '}
        {endsAt !== null && (
          <Dated text={texts.copyUntil} seconds={endsAt} language={texts.language} />
        )}
      </p>
      {isOwner && unshareAt !== null && (
        <form class="row" method="post" action={unshareAt}>
          <p>{texts.ownCopy}</p>
          <button class="button" type="submit">
            {texts.unshare}
          </button>
        </form>
      )}
    </div>
  )
}

interface DatedProps {
  /** Holds `{date}`. */
  readonly text: string
  readonly seconds: number
  readonly language: string
}

/** A sentence with a day in it, as the language writes days. */
function Dated({ text, seconds, language }: DatedProps) {
  const date = new Date(seconds * 1000)
  const [before, after] = text.split('{date}')
  const day = date.toLocaleDateString(language, { dateStyle: 'long', timeZone: 'UTC' })
  return (
    <>
      {before}
      <time datetime={date.toISOString().slice(0, 10)}>{day}</time>
      {after}
    </>
  )
}
