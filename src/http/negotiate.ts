/** In which form a caller speaks, and which form of an answer it prefers (RFC 9110 §12.5.1). */

import type { Context } from 'hono'
import { accepts } from 'hono/accepts'

/**
 * The media type that the `Accept` header prefers. What it ranks alike goes by the order of
 * `supports`; what it does not name, by itself or by a range like `text/*`, is not chosen.
 *
 *     text/html, application/json;q=0.5   text/html
 *     application/json, text/html         the first of `supports`
 *     *\/*, or no header                  `otherwise`
 *
 * @param otherwise for a caller that names none of them
 */
export function preferred<T extends string>(
  c: Context,
  supports: readonly T[],
  otherwise: NoInfer<T>,
): T {
  const chosen = accepts(c, {
    header: 'Accept',
    supports: [...supports],
    default: otherwise,
    // Hono's own match chooses, among what has the same quality, by the order of the header.
    match(given) {
      const qualityOf = (type: string): number => {
        const find = (name: string) => given.find((accept) => accept.type.toLowerCase() === name)
        return (find(type) ?? find(`${type.split('/', 1)[0]}/*`))?.q ?? 0
      }
      const best = supports.toSorted((a, b) => qualityOf(b) - qualityOf(a))[0]
      return best !== undefined && qualityOf(best) > 0 ? best : otherwise
    },
  })
  return supports.find((type) => type === chosen) ?? otherwise
}

/** True for a caller that reads an answer as events rather than in one piece. */
export function wantsEvents(c: Context): boolean {
  const events = 'text/event-stream'
  return preferred(c, [events, 'application/json'], 'application/json') === events
}

/**
 * True when a form was sent, or the caller prefers HTML to JSON, as a browser's address bar does.
 */
export function wantsPage(c: Context): boolean {
  const json = 'application/json'
  return isForm(c) || preferred(c, [json, 'text/html'], json) === 'text/html'
}

/** True for the page's own forms, with or without fields. */
export function isForm(c: Context): boolean {
  return mediaType(c) === 'application/x-www-form-urlencoded'
}

/** True for a form with a file. */
export function isUpload(c: Context): boolean {
  return mediaType(c) === 'multipart/form-data'
}

/** The content type without its parameters, in lower case; empty when there is none. */
export function mediaType(c: Context): string {
  return (c.req.header('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
