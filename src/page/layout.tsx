/**
 * The frame of every page: head, purple bar, main part. Pure components of explicit props. JSX
 * escapes the text.
 */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Texts } from './texts/texts.ts'

export interface LayoutProps {
  readonly title: string
  readonly texts: Texts
  /** What stands in the bar besides the name. */
  readonly actions?: Child
  /** True when the page's script shall run. */
  readonly live?: boolean
  readonly children: Child
}

export function Layout({ title, texts, actions, live, children }: LayoutProps) {
  const direction = texts.direction === 'rtl' ? { dir: 'rtl' } : {}
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang={texts.language} {...direction}>
        <head>
          <meta charset="utf-8" />
          <meta
            name="viewport"
            content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
          />
          <meta name="color-scheme" content="light dark" />
          <meta name="theme-color" content="#5b2a9d" media="(prefers-color-scheme: light)" />
          <meta name="theme-color" content="#432073" media="(prefers-color-scheme: dark)" />
          <meta name="description" content={texts.description} />
          <title>{title}</title>
          <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
          <link rel="apple-touch-icon" href="/icon-192.png" />
          <link rel="manifest" href="/manifest.webmanifest" />
          <link rel="stylesheet" href="/style.css" />
          <script src="/theme.js" />
          {live && <script type="module" src="/app.js" />}
        </head>
        <body>
          <header class="bar">
            <h1>{title}</h1>
            {actions}
          </header>
          {children}
        </body>
      </html>
    </>
  )
}
