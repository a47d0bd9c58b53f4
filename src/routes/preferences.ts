/**
 * `POST /preferences`: how the page looks in this browser. The choice is kept in a cookie of its
 * own, so that the server renders the page by it, and it works without script. It holds no secret
 * and is not signed: whoever changes it changes the look of their own page.
 */

import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import type { AppEnv } from '../context.ts'
import { textBody } from '../http/body.ts'
import { done } from '../http/done.ts'
import { readFields } from '../http/fields.ts'
import { reached } from '../http/reached.ts'
import { LISTS, type Preferences, THEMES } from '../page/choices.ts'
import { LANGUAGES } from '../page/texts/choose.ts'

export interface Chosen extends Preferences {
  /** Null where the browser's own languages decide. */
  readonly language: string | null
}

const NAME = 'preferences'
/** Browsers keep no cookie for longer than 400 days (RFC 6265bis §5.5). */
const MAX_AGE_SECONDS = 34_560_000
const TAGS: readonly string[] = LANGUAGES.map(({ language }) => language)

const fields = v.object({
  theme: v.optional(v.picklist(THEMES)),
  list: v.optional(v.picklist(LISTS)),
  language: v.optional(v.picklist(TAGS)),
})

export function preferencesRoutes() {
  return new Hono<AppEnv>().post('/preferences', textBody(), (c) => {
    const chosen = readFields(c, fields, 'preference')
    const before = readPreferences(c)
    const { theme = before.theme, list = before.list, language = before.language } = chosen
    const isSecure = reached(c).mode !== 'plain'
    setCookie(c, NAME, [theme, list, language ?? ''].join('.'), {
      path: '/',
      maxAge: MAX_AGE_SECONDS,
      httpOnly: true,
      sameSite: 'Lax',
      secure: isSecure,
    })
    return done(c, pageBefore(c), { theme, list, language })
  })
}

/** What the visitor chose; the defaults for anything that is no choice. */
export function readPreferences(c: Context): Chosen {
  const [theme, list, language] = (getCookie(c, NAME) ?? '').split('.')
  return {
    theme: THEMES.find((known) => known === theme) ?? 'system',
    list: LISTS.find((known) => known === list) ?? 'shown',
    language: TAGS.find((known) => known === language) ?? null,
  }
}

/** The page of ours that the form was on, else the first one. */
function pageBefore(c: Context): string {
  const referer = c.req.header('Referer') ?? ''
  if (!URL.canParse(referer)) return '/'
  const { host, pathname, search } = new URL(referer)
  // Two slashes would begin the name of another host.
  const isOurs = host === new URL(c.req.url).host && !pathname.startsWith('//')
  if (!isOurs) return '/'
  // A form that failed shows the page at the address where it was sent.
  const sent = /^(.*)\/(chat|fork)$/.exec(pathname)
  return sent ? sent[1] || '/' : pathname + search
}
