/**
 * Shared copies:
 *
 *     GET  /s/<key>             the copy, for anyone who has its address
 *     POST /s/<key>/continue    a conversation of one's own that begins with it
 */

import { Hono } from 'hono'
import type { AppEnv } from '../context.ts'
import { SHARE_PATTERN, type SharedCopy, type Shares } from '../conversation/copy.ts'
import { AppError, storeUnavailable } from '../errors.ts'
import { done } from '../http/done.ts'
import type { Sessions } from '../http/session.ts'
import { SharedPage } from '../page/shared-page.tsx'
import { chooseTexts } from '../page/texts/choose.ts'
import { addressOf } from '../session/address.ts'
import { ownerOf } from '../session/conversation-index.ts'
import type { NewReply } from '../wire.ts'
import { readPreferences } from './preferences.ts'

/** Where anyone can read a copy. */
export function addressOfCopy(key: string): string {
  return `/s/${key}`
}

export function sharedRoutes(
  { openRoot, settle, start }: Sessions,
  shares: Shares,
  appName: string,
) {
  return new Hono<AppEnv>()
    .get(`/s/:key{${SHARE_PATTERN}}`, openRoot, async (c) => {
      const key = c.req.param('key')
      const copy = await readCopy(shares, key)
      const own = ownerOf(await c.var.session.visit.index(), key)
      const preferences = readPreferences(c)
      c.header('X-Robots-Tag', 'noindex')
      return c.html(
        <SharedPage
          appName={appName}
          texts={chooseTexts(c.req.header('Accept-Language'), preferences.language)}
          preferences={preferences}
          title={copy.title}
          turns={copy.turns}
          leftOut={copy.leftOut}
          sharedAt={copy.sharedAt}
          endsAt={copy.endsAt}
          continueAt={`${addressOfCopy(key)}/continue`}
          isOwner={own !== undefined}
          unshareAt={own ? `${addressOf(own.id)}/unshare` : null}
        />,
      )
    })
    .post(`/s/:key{${SHARE_PATTERN}}/continue`, openRoot, async (c) => {
      const { title, turns, leftOut } = await readCopy(shares, c.req.param('key'))
      const begun = { ...start(), turns, forgotten: leftOut, name: title }
      const { id } = await settle(c.var.session.visit, begun)
      return done(c, `${addressOf(id)}#end`, { id } satisfies NewReply)
    })
}

async function readCopy(shares: Shares, key: string): Promise<SharedCopy> {
  const reading = await shares.read(key)
  if (reading.kind === 'read') return reading.copy
  throw reading.kind === 'absent'
    ? new AppError('not_found', { missing: 'copy' })
    : storeUnavailable()
}
