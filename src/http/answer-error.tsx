/** Answers an error in the form that the caller reads: JSON for programs, a page for people. */

import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { AppEnv } from '../context.ts'
import { AppError, toWire } from '../errors.ts'
import { ErrorPage } from '../page/error-page.tsx'
import { chooseTexts } from '../page/texts/choose.ts'
import type { ErrorReply } from '../wire.ts'
import { wantsPage } from './negotiate.ts'

/**
 * Maps anything thrown to its status, code and public sentence.
 *
 * @param appName stands in the page's title
 */
export function answerError(
  error: unknown,
  c: Context<AppEnv>,
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

/** What Hono's own validators throw, as an error of ours; anything else as it is. */
export function withoutHono(error: Error): Error {
  if (!(error instanceof HTTPException)) return error
  const code = error.status === 400 ? 'bad_request' : 'internal'
  return new AppError(code, { detail: 'the body is not JSON', cause: error })
}
