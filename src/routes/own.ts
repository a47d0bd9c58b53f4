/**
 * What can be done with a conversation at an address of its own, besides chatting:
 *
 *     POST /c/<id>/title       names it
 *     POST /c/<id>/delete      deletes it, with all that belongs to it
 *     POST /c/<id>/share       publishes a copy; `unshare` ends that
 *     GET  /c/<id>/copy        leads to the copy
 */

import { Hono } from 'hono'
import * as v from 'valibot'
import type { AppEnv } from '../context.ts'
import type { Shares } from '../conversation/copy.ts'
import { MAX_TITLE_CHARS, toLine } from '../conversation/title.ts'
import { AppError, storeUnavailable } from '../errors.ts'
import { textBody } from '../http/body.ts'
import { done } from '../http/done.ts'
import { readFields } from '../http/fields.ts'
import type { Sessions } from '../http/session.ts'
import { withoutEntry } from '../session/conversation-index.ts'
import { addressOfCopy } from './shared.tsx'

const titleFields = v.object({
  title: v.pipe(
    v.string(),
    v.transform(toLine),
    v.nonEmpty(),
    v.check((title) => [...title].length <= MAX_TITLE_CHARS),
  ),
})

/** Where a page of this conversation ends, with its newest turn. */
const endOf = (base: string): string => `${base}#end`

export function ownRoutes({ openOwn }: Sessions, shares: Shares) {
  return new Hono<AppEnv>()
    .post('/title', textBody(), openOwn('refused'), async (c) => {
      const { title } = readFields(c, titleFields, 'title')
      const { session } = c.var
      await session.save({ ...session.conversation, name: title })
      return done(c, endOf(session.base), { title })
    })
    .post('/delete', openOwn('tolerated'), async (c) => {
      const { session } = c.var
      await session.forget()
      session.visit.expire(session.place)
      await session.visit.saveIndex(
        withoutEntry(await session.visit.index(), c.req.param('id') ?? ''),
      )
      return done(c, '/', { status: 'deleted' })
    })
    .post('/share', openOwn('refused'), async (c) => {
      const { session } = c.var
      const { conversation, archive, base } = session
      if (!shares.isPossible) throw new AppError('not_found')
      const known = conversation.shared
      const published = known
        ? ({ kind: 'shared', key: known } as const)
        : await shares.publish(archive, conversation)
      if (published.kind === 'failed') throw storeUnavailable()
      await session.save({ ...conversation, shared: published.key })
      return done(c, endOf(base), { url: addressOfCopy(published.key) })
    })
    .get('/copy', openOwn('refused'), (c) => {
      const { shared } = c.var.session.conversation
      if (shared === undefined) throw new AppError('not_found', { missing: 'copy' })
      return c.redirect(addressOfCopy(shared))
    })
    .post('/unshare', openOwn('refused'), async (c) => {
      const { session } = c.var
      const { shared, ...conversation } = session.conversation
      if (shared !== undefined && !(await shares.end(shared))) throw storeUnavailable()
      await session.save(conversation)
      return done(c, endOf(session.base), { status: 'unshared' })
    })
}
