/**
 * `POST /c/<id>/park`: moves a conversation that was not used for long to the store, in two steps
 * some seconds apart. A page's script asks for each. Without a script a form's answer leads through
 * `GET /c/<id>/park?to=<id>`, since only a request to its address brings its cookie. It changes
 * nothing that a visitor sees.
 *
 *     POST /c/<new>/chat ──303──► /c/<old>/park?to=<new> ──303──► /c/<new>
 */

import { type Context, Hono } from 'hono'
import type { AppEnv, SessionedEnv } from '../context.ts'
import type { Sessions } from '../http/session.ts'
import { ADDRESS_PATTERN, addressOf } from '../session/address.ts'
import { entryOf, withoutEntry } from '../session/conversation-index.ts'
import type { Parking } from '../session/parking.ts'

type Step =
  /** It is on the shelf, but its cookie is there still. */
  | 'parking'
  | 'parked'
  /** The store took nothing: the cookie stays. */
  | 'kept'

const TO = new RegExp(`^${ADDRESS_PATTERN}$`)

export function parkRoutes({ openOwn }: Sessions, parking: Parking) {
  return new Hono<AppEnv>()
    .post('/park', openOwn('refused'), async (c) => c.json({ status: await park(c, parking) }))
    .get('/park', openOwn('ignored'), async (c) => {
      await park(c, parking)
      const to = c.req.query('to') ?? ''
      return c.redirect(TO.test(to) ? `${addressOf(to)}#end` : '/', 303)
    })
}

async function park(c: Context<SessionedEnv>, parking: Parking): Promise<Step> {
  const { conversation, visit, place, parked, isNew } = c.var.session
  if (place.kind === 'root' || !parking.isPossible) return 'kept'
  const leaveList = async (): Promise<void> =>
    visit.saveIndex(withoutEntry(await visit.index(), place.id))
  // Nothing of it is here: the list had it from an answer that came late.
  if (isNew || parked) {
    await leaveList()
    return parked ? 'parked' : 'kept'
  }
  const shelf = await visit.parked()
  if (shelf.kind === 'unreadable') return 'kept'
  const known = shelf.value.find(({ id }) => id === place.id)
  if (known && (await parking.isSafe(known, conversation))) {
    visit.expire(place)
    await leaveList()
    return 'parked'
  }
  if (known && (await parking.isUpToDate(known, conversation))) return 'parking'
  const entry = entryOf(place.id, conversation)
  const changed = await parking.add(await visit.shelf(), entry, conversation)
  if (!changed) return 'kept'
  await visit.saveShelf(changed)
  return 'parking'
}
