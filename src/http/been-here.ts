/** Tells a visitor who comes from this chat's own page from one who comes for the first time. */

import type { Context } from 'hono'

/** The pages that open a session, which a browser that keeps cookies brings along the next time. */
const PAGES = ['/', '/chat']

/**
 * True when a browser says that it comes from one of our pages: together with no session that means
 * it keeps no cookies, or that the session has ended meanwhile.
 *
 * `Sec-Fetch-Site` (Fetch Metadata, W3C) is right behind every proxy, but missing on plain HTTP;
 * there the host in `Referer` counts. Our pages send both for a link, a form and the redirect after
 * it; an address that was typed or bookmarked has neither.
 */
export function hasBeenHere(c: Context): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  const referer = c.req.header('Referer') ?? ''
  if (!URL.canParse(referer)) return site === 'same-origin'
  const { host, pathname } = new URL(referer)
  const isOwn = site ? site === 'same-origin' : host === new URL(c.req.url).host
  return isOwn && PAGES.includes(pathname)
}
