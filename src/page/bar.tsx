/** The bar over every page: its name, and what leads everywhere. */

import type { Child } from 'hono/jsx'
import { Icon, named } from './icon.tsx'
import { ListForm } from './preferences.tsx'
import type { Texts } from './texts/texts.ts'

export function Brand({ appName }: { readonly appName: string }) {
  return (
    <a class="brand" href="/">
      <Icon name="logo" />
      <span>{appName}</span>
    </a>
  )
}

interface BarProps {
  readonly appName: string
  readonly texts: Texts
  /** What the menu holds. A page without it has no menu. */
  readonly menu?: Child
}

/** The bar of a page that belongs to no conversation of the visitor's. */
export function PlainBar({ appName, texts, menu }: BarProps) {
  return (
    <header class="bar">
      <Brand appName={appName} />
      {menu && (
        <>
          <div class="end">
            <MenuButton texts={texts} />
          </div>
          <MenuSheet>{menu}</MenuSheet>
        </>
      )}
    </header>
  )
}

interface ChatBarProps extends BarProps {
  /** True when the built-in demo model answers. */
  readonly isDemo: boolean
}

/** The bar beside a list of conversations. */
export function ChatBar({ appName, texts, isDemo, menu }: ChatBarProps) {
  return (
    <header class="bar">
      <button
        class="icon narrow"
        type="button"
        popovertarget="list"
        {...named(texts.conversations)}
      >
        <Icon name="menu" />
      </button>
      <ListForm texts={texts} />
      <Brand appName={appName} />
      {isDemo && <span class="badge">{texts.demoBadge}</span>}
      <div class="end">
        <form class="fresh" method="post" action="/new" data-action="new">
          <button class="icon" type="submit" {...named(texts.newChat)}>
            <Icon name="new" />
          </button>
        </form>
        <MenuButton texts={texts} />
      </div>
      <MenuSheet>{menu}</MenuSheet>
    </header>
  )
}

function MenuButton({ texts }: { readonly texts: Texts }) {
  return (
    <button class="icon" type="button" popovertarget="menu" {...named(texts.menu)}>
      <Icon name="more" />
    </button>
  )
}

/** It stands in the bar: what is open outside of all landmarks is lost to a screen reader. */
function MenuSheet({ children }: { readonly children: Child }) {
  return (
    <div class="menu" id="menu" popover="auto">
      {children}
    </div>
  )
}
