/**
 * `POST /c/<id>/fork`, and `/fork` for the root's conversation: a new conversation that begins with
 * the turns before one of them. The old one stays.
 *
 *     {"turn": "mjd2k1a7c0p3q"}               {"id": "…"}: the caller goes on there
 *     a form with `turn` and `message`        asks the message there, and leads to it
 *
 * JSON may bring the message too: it is not asked, but names the new conversation.
 */

import { Hono, type MiddlewareHandler } from 'hono'
import * as v from 'valibot'
import type { AppEnv } from '../context.ts'
import { copyBefore } from '../conversation/copy.ts'
import { cutTitle } from '../conversation/title.ts'
import { AppError, storeUnavailable } from '../errors.ts'
import { textBody } from '../http/body.ts'
import { readFields } from '../http/fields.ts'
import { isForm } from '../http/negotiate.ts'
import type { SessionEnv, Sessions } from '../http/session.ts'
import type { NewReply } from '../wire.ts'
import { askAndLead } from './chat-form.tsx'
import type { ChatDeps } from './chat-turn.ts'

const fields = v.object({ turn: v.string(), message: v.optional(v.string(), '') })

/** @param open opens the conversation that is copied */
export function forkRoutes(
  sessions: Sessions,
  open: MiddlewareHandler<SessionEnv>,
  deps: ChatDeps,
) {
  return new Hono<AppEnv>().post('/fork', textBody(), open, async (c) => {
    const { turn, message } = readFields(c, fields)
    const { session } = c.var
    const fork = await copyBefore(session.archive, session.conversation, turn)
    if (fork.kind === 'absent') throw new AppError('not_found', { missing: 'turn' })
    // Nothing that cannot be read now is left out for good.
    if (fork.kind === 'unreadable') throw storeUnavailable()
    const { turns, leftOut } = fork.copied
    const beside = await sessions.beside(session, {
      ...sessions.start(),
      turns,
      forgotten: leftOut,
      ...(turns.length > 0 && message.trim() !== '' && { title: cutTitle(message) }),
    })
    if (isForm(c)) return askAndLead(c, deps, beside, { text: message, edit: turn })
    await beside.save(beside.conversation)
    const { place } = beside
    return c.json({ id: place.kind === 'own' ? place.id : '' } satisfies NewReply)
  })
}
