/**
 * Where a conversation lives, and what its cookie is called there.
 *
 *     place   address     over HTTPS                        on the own machine
 *     root    /           __Host-chat;   Path=/             chat_dev
 *     own     /c/<id>     __Secure-chat; Path=/c/<id>       chat_dev_c
 *
 * A browser sends a cookie below its path only: a request carries its own conversation and no
 * other. `__Host-` forbids such a path (RFC 6265bis §4.1.3.2), so a site beside this one could
 * plant a `__Secure-` cookie. It is signed for the visitor's id, which stands in a `__Host-` cookie
 * that nobody else can set: a conversation of another visitor does not open.
 */

import { addressOf } from './address.ts'

/**
 * How the page reached us.
 *
 * - `secure`: by HTTPS.
 * - `plain`: by HTTP on a private host, where browsers would drop a `Secure` cookie.
 * - `embedded`: from another site that is allowed to call (CHIPS, RFC 6265bis and the `Partitioned`
 *   attribute). By HTTPS, or by HTTP on the own machine, from which browsers take a `Secure`
 *   cookie.
 */
export type CookieMode = 'secure' | 'plain' | 'embedded'

export type Place = { readonly kind: 'root' } | OwnPlace

/** An address of the conversation's own. */
export interface OwnPlace {
  readonly kind: 'own'
  /** As `address.ts` issues it. */
  readonly id: string
  /** Whose conversation it is. */
  readonly visitor: string
}

export const ROOT: Place = { kind: 'root' }

/** The addresses of a place begin with this: empty for the root. */
export function baseOf(place: Place): string {
  return place.kind === 'root' ? '' : addressOf(place.id)
}

/** A cookie as browsers know it. */
export interface CookieName {
  readonly name: string
  readonly path: string
  /** Whose cookie it is; what is signed for another visitor does not open. Empty for the root's. */
  readonly owner: string
}

/** The cookie of the conversation that lives there. */
export function chatCookie(place: Place, mode: CookieMode): CookieName {
  const isPlain = mode === 'plain'
  if (place.kind === 'root') {
    return { name: isPlain ? 'chat_dev' : '__Host-chat', path: '/', owner: '' }
  }
  const path = baseOf(place)
  return { name: isPlain ? 'chat_dev_c' : '__Secure-chat', path, owner: place.visitor }
}

/** A cookie of the visitor for all of the site. */
export function siteCookie(name: string, mode: CookieMode): CookieName {
  return { name: mode === 'plain' ? `${name}_dev` : `__Host-${name}`, path: '/', owner: '' }
}

/** All that a token in the cookie is good for: the root's has the cookie's name alone. */
export function tokenName({ name, path, owner }: CookieName): string {
  return owner === '' ? name : `${name} ${path} ${owner}`
}

/** What follows the value in the `Set-Cookie` line. */
export function attributesOf(
  { path }: CookieName,
  mode: CookieMode,
  maxAgeSeconds: number,
): string {
  const place = `; Max-Age=${maxAgeSeconds}; Path=${path}; HttpOnly`
  if (mode === 'plain') return `${place}; SameSite=Lax`
  return mode === 'secure'
    ? `${place}; Secure; SameSite=Lax`
    : `${place}; Secure; SameSite=None; Partitioned`
}

/** The line that makes a browser forget the cookie. */
export function expiredLine(cookie: CookieName, mode: CookieMode): string {
  return `${cookie.name}=${attributesOf(cookie, mode, 0)}`
}

/** Browsers send few cookies of one name; a longer list is somebody playing. */
const MAX_CANDIDATES = 4

/**
 * The values of one name in a `Cookie` header, in order, the first few of them. A browser may hold
 * several, from other paths or set by others.
 */
export function valuesOf(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).replace(/^"(.*)"$/, '$1'))
    .slice(0, MAX_CANDIDATES)
}
