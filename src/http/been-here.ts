/** Tells a visitor who comes from this chat's own page from one who comes for the first time. */

import type { Context } from 'hono'

/** The pages that open a session. A browser that keeps cookies brings it along the next time. */
const PAGES = /^(\/|\/chat|\/c\/[\w-]{16}(\/chat)?)$/

/**
 * True when a browser says that it comes from one of our pages. If it then brings no session, it
 * keeps no cookies, or the session has ended meanwhile.
 *
 * `Sec-Fetch-Site` (Fetch Metadata, W3C) is right behind every proxy, but browsers leave it out on
 * plain HTTP; there the host in `Referer` counts. A browser sends both for a link of our pages, for
 * a form and for the redirect after it. It sends neither for an address that was typed or
 * bookmarked.
 *
 *     Sec-Fetch-Site: same-origin, Referer: https://chat.example/      true
 *     Referer: http://chat.example/?before=20, asked of that host      true
 *     Sec-Fetch-Site: same-origin, Referer: …/no-such-page             false: it opens no session
 */
export function hasBeenHere(c: Context): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  const referer = c.req.header('Referer') ?? ''
  if (!URL.canParse(referer)) return site === 'same-origin'
  const { host, pathname } = new URL(referer)
  const isOwn = site ? site === 'same-origin' : host === new URL(c.req.url).host
  return isOwn && PAGES.test(pathname)
}
