/** `POST /chat` by the page's form: back to the page, or the page with the text given back. */

import { parseChatRequest } from '../conversation/input.ts'
import { toWire } from '../errors.ts'
import { type ChatContext, type ChatDeps, reply } from './chat-turn.ts'
import { isCookieless, renderChatPage } from './page.tsx'

export async function answerForm(c: ChatContext, deps: ChatDeps): Promise<Response> {
  const fields = Object.fromEntries(new URLSearchParams(c.var.body))
  try {
    const turn = await reply(c, deps, parseChatRequest({ ...fields, receipts: [] }))
    // Behind a redirect a browser that keeps no cookie would not find the reply.
    return isCookieless(c)
      ? await renderChatPage(c, deps, { kind: 'answered', turn })
      : c.redirect('/', 303)
  } catch (error) {
    if (!(error instanceof Error) || c.req.raw.signal.aborted) throw error
    c.error = error
    const { status, sentence, retryAfterSeconds } = toWire(error)
    if (retryAfterSeconds !== null) c.header('Retry-After', String(retryAfterSeconds))
    // Without a script nothing but the box remembers the text.
    const failed = { text: fields['message'] ?? '', sentence }
    return renderChatPage(c, deps, { kind: 'failed', failed }, status)
  }
}
