/**
 * `POST /c/<id>/park`: moves a conversation that was not used for long to the store. A page's script
 * asks for it, and asks again while the answer is `parking`. Without a script a form's answer leads
 * through `GET /c/<id>/park?to=<id>`, since only a request to its address brings its cookie.
 *
 *     POST /c/<new>/chat ──303──► /c/<old>/park?to=<new> ──303──► the same ──303──► /c/<new>
 *                                 on the shelf                    parked
 */

import { type Context, Hono } from 'hono'
import type { AppEnv, SessionedEnv } from '../context.ts'
import type { Sessions } from '../http/session.ts'
import { ADDRESS_PATTERN } from '../session/address.ts'
import { entryOf, withoutEntry } from '../session/conversation-index.ts'
import type { Parking } from '../session/parking.ts'

type Step =
  /** It is on the shelf, but its cookie is there still. */
  | 'parking'
  | 'parked'
  /** The store took nothing: the cookie stays. */
  | 'kept'

/** Whoever comes so often has no cookie of the shelf. */
const MAX_STEPS = 3

export function parkRoutes({ openOwn }: Sessions, parking: Parking) {
  return new Hono<AppEnv>()
    .post('/park', openOwn('refused'), async (c) => c.json({ status: await park(c, parking) }))
    .get('/park', openOwn('refused'), async (c) => {
      const step = Number(c.req.query('step') ?? 1)
      const to = c.req.query('to') ?? ''
      const isAddress = new RegExp(`^${ADDRESS_PATTERN}$`).test(to)
      const next = isAddress ? `/c/${to}#end` : '/'
      const goesOn = (await park(c, parking)) === 'parking' && step < MAX_STEPS
      return c.redirect(goesOn ? `?to=${isAddress ? to : ''}&step=${step + 1}` : next, 303)
    })
}

async function park(c: Context<SessionedEnv>, parking: Parking): Promise<Step> {
  const { conversation, visit, place, parked } = c.var.session
  if (place.kind === 'root' || !parking.isPossible) return 'kept'
  const index = await visit.index()
  // It opened from the store: its cookie went before.
  if (parked) return 'parked'
  const shelf = await visit.parked()
  const entry = shelf.kind === 'read' ? shelf.value.find(({ id }) => id === place.id) : undefined
  if (entry && entry.key === (await parking.keyOf(conversation))) {
    visit.expire(place)
    await visit.saveIndex(withoutEntry(index, place.id))
    return 'parked'
  }
  const changed = await parking.add(
    await visit.shelf(),
    entryOf(place.id, conversation),
    conversation,
  )
  if (!changed) return 'kept'
  await visit.saveShelf(changed)
  return 'parking'
}
