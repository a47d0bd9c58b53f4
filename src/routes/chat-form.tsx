/** `POST /chat` by the page's form: back to the page, or the page with the text given back. */

import { parseChatRequest } from '../conversation/input.ts'
import { toWire } from '../errors.ts'
import type { VisitorSession } from '../http/session.ts'
import { type ChatContext, type ChatDeps, reply } from './chat-turn.ts'
import { isCookieless, renderChatPage } from './page.tsx'
import { pageByWayOfParking } from './park.ts'

export async function answerForm(c: ChatContext, deps: ChatDeps): Promise<Response> {
  const fields = Object.fromEntries(new URLSearchParams(c.var.body))
  // A starter is a button of the same form, whose box may hold something else.
  const text = fields['starter'] ?? fields['message'] ?? ''
  const edit = fields['replaces'] === 'last' ? 'last' : ''
  return askAndLead(c, deps, c.var.session, { text, edit, replaces: fields['replaces'] })
}

interface FormQuestion {
  readonly text: string
  /** The question that is changed, as in `?edit=`; empty for a new one. */
  readonly edit: string
  readonly replaces?: string | undefined
}

/**
 * Asks in a conversation, and leads to its page.
 *
 * @param session where the turn is kept; the page of a failure is that of the request's own
 */
export async function askAndLead(
  c: ChatContext,
  deps: ChatDeps,
  session: VisitorSession,
  { text, edit, replaces }: FormQuestion,
): Promise<Response> {
  try {
    const request = parseChatRequest({ message: text, ...(replaces && { replaces }), receipts: [] })
    const turn = await reply(c, deps, request, { session, listing: 'later' })
    // Behind a redirect a browser that keeps no cookie would not find the reply.
    return isCookieless(c)
      ? await renderChatPage(c, deps, { kind: 'answered', turn })
      : c.redirect(await pageAfter(session, deps), 303)
  } catch (error) {
    if (!(error instanceof Error) || c.req.raw.signal.aborted) throw error
    c.error = error
    const { status, sentence, retryAfterSeconds } = toWire(error)
    if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
    // Without a script nothing but the box remembers the text.
    const failed = { text, sentence }
    return renderChatPage(c, deps, { kind: 'failed', failed, edit }, status)
  }
}

/** The conversation's page, perhaps by way of one that shall be parked. */
async function pageAfter({ place, visit }: VisitorSession, deps: ChatDeps): Promise<string> {
  return place.kind === 'root' ? '/' : pageByWayOfParking(place.id, visit, deps)
}
