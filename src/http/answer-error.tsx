/** Answers an error in the form that the caller reads: JSON for programs, a page for people. */

import type { Context } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { toWire } from '../errors.ts'
import { ErrorPage } from '../page/error-page.tsx'
import { chooseTexts } from '../page/texts/choose.ts'
import type { ErrorReply } from '../wire.ts'

/**
 * Maps anything thrown to its status, code and public sentence.
 *
 * @param appName shown in the page's title
 */
export function answerError(
  error: unknown,
  c: Context<{ Variables: RequestIdVariables }>,
  appName: string,
): Response | Promise<Response> {
  const { status, code, sentence, retryAfterSeconds } = toWire(error)
  const { requestId } = c.var
  c.header('Cache-Control', 'no-store')
  if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
  if (wantsPage(c)) {
    return c.html(
      <ErrorPage
        appName={appName}
        texts={chooseTexts(c.req.header('Accept-Language'))}
        status={status}
        sentence={sentence}
        requestId={requestId}
      />,
      status,
    )
  }
  return c.json({ error: sentence, code, requestId } satisfies ErrorReply, status)
}

/** True when a form was sent, or the caller asks for HTML before JSON, as browsers do when they open an address. */
function wantsPage(c: Context): boolean {
  const accept = c.req.header('Accept') ?? ''
  return isForm(c) || (accept.includes('text/html') && !accept.includes('application/json'))
}

/** True for the page's own forms, with or without fields. */
export function isForm(c: Context): boolean {
  return mediaType(c) === 'application/x-www-form-urlencoded'
}

/** The content type without its parameters, lower case; empty when there is none. */
export function mediaType(c: Context): string {
  return (c.req.header('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
