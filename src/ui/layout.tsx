/** The frame of every page: head, purple bar, main part. Pure components of explicit props; text is escaped by JSX. */

import { html } from 'hono/html'
import type { Child } from 'hono/jsx'

export interface LayoutProps {
  readonly title: string
  /** What stands in the bar besides the name. */
  readonly actions?: Child
  /** True when the page's script shall run. */
  readonly live?: boolean
  readonly children: Child
}

export function Layout({ title, actions, live, children }: LayoutProps) {
  return html`<!DOCTYPE html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="Chat with an open model." />
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
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
  )}`
}
