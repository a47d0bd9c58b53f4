/**
 * The frame of every page: head, purple bar, main part. Pure components of explicit props. JSX
 * escapes the text.
 */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Preferences, Theme } from './choices.ts'
import type { Texts } from './texts/texts.ts'

/** The colour of the bar. A phone draws it around the page. */
const BAR = { light: '#5b21b6', dark: '#351a69' }

export interface LayoutProps {
  readonly appName: string
  /** What the page is about. Empty where that is the app itself. */
  readonly title: string
  readonly texts: Texts
  readonly preferences: Preferences
  /** True when the page's script shall run. */
  readonly live?: boolean
  /** True for a page that search engines shall leave out. */
  readonly unlisted?: boolean
  /** The conversation that shall move to the store next. */
  readonly park?: string | undefined
  readonly children: Child
}

export function Layout(props: LayoutProps) {
  const { appName, title, texts, preferences, live, unlisted, park, children } = props
  const { theme, list } = preferences
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html
        lang={texts.language}
        dir={texts.direction === 'rtl' ? 'rtl' : undefined}
        data-theme={theme === 'system' ? undefined : theme}
        data-list={list === 'hidden' ? 'hidden' : undefined}
        data-park={park}
      >
        <head>
          <meta charset="utf-8" />
          <meta
            name="viewport"
            content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
          />
          <Colours theme={theme} />
          {unlisted && <meta name="robots" content="noindex" />}
          <meta name="description" content={texts.description} />
          <title>{title === '' ? appName : `${title} – ${appName}`}</title>
          <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
          <link rel="apple-touch-icon" href="/icon-192.png" />
          <link rel="manifest" href="/manifest.webmanifest" />
          <link rel="stylesheet" href="/style.css" />
          <script src="/theme.js" />
          {live && <script type="module" src="/app.js" />}
        </head>
        <body>{children}</body>
      </html>
    </>
  )
}

/** Browsers draw these before the style sheet has come. */
function Colours({ theme }: { readonly theme: Theme }) {
  if (theme !== 'system') {
    return (
      <>
        <meta name="color-scheme" content={theme} />
        <meta name="theme-color" content={BAR[theme]} />
      </>
    )
  }
  return (
    <>
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content={BAR.light} media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content={BAR.dark} media="(prefers-color-scheme: dark)" />
    </>
  )
}
