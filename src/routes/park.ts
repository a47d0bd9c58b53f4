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
import type { Visit } from '../http/visit.ts'
import { ADDRESS_PATTERN, addressOf } from '../session/address.ts'
import { entryOf, withoutEntry } from '../session/conversation-index.ts'
import type { Parking } from '../session/parking.ts'

type Step =
  /** It is on the shelf, but its cookie is there still. */
  | 'parking'
  | 'parked'
  /** The store took nothing: the cookie stays. */
  | 'kept'

/** One step of so many conversations goes with a form's answer. */
const MAX_STEPS = 3
const TO = new RegExp(`^${ADDRESS_PATTERN}$`)

export interface ParkDeps {
  readonly parking: Parking
  readonly maxConversations: number
}

export function parkRoutes({ openOwn }: Sessions, deps: ParkDeps) {
  return new Hono<AppEnv>()
    .post('/park', openOwn('refused'), async (c) => c.json({ status: await park(c, deps) }))
    .get('/park', openOwn('ignored'), async (c) => {
      await park(c, deps)
      const to = c.req.query('to') ?? ''
      if (!TO.test(to)) return c.redirect('/', 303)
      const steps = Math.min(MAX_STEPS, Math.max(1, Number(c.req.query('step')) || 1))
      return c.redirect(await pageByWayOfParking(to, c.var.session.visit, deps, steps + 1), 303)
    })
}

/**
 * The page of a conversation, or what is to be parked before it is shown.
 *
 * @param step the first unless given
 */
export async function pageByWayOfParking(
  id: string,
  visit: Visit,
  deps: ParkDeps,
  step = 1,
): Promise<string> {
  const next = step > MAX_STEPS ? null : await nextToPark(id, visit, deps)
  const page = `${addressOf(id)}#end`
  return next === null ? page : `${addressOf(next)}/park?to=${id}&step=${step}`
}

/**
 * The conversation whose next step of parking is due: of those that are too many the one not used
 * for the longest. Null for none, and where nothing can be parked.
 *
 * @param current is not parked while it is shown
 */
export async function nextToPark(
  current: string | null,
  visit: Visit,
  { parking, maxConversations }: ParkDeps,
): Promise<string | null> {
  const { entries } = await visit.index()
  if (!parking.isPossible || entries.length <= maxConversations) return null
  const shelf = await visit.parked()
  if (shelf.kind === 'unreadable') return null
  const isDue = (id: string): boolean => {
    const known = shelf.value.find((parked) => parked.id === id)
    return !known || parking.isSafe(known)
  }
  const due = entries.slice(maxConversations).findLast(({ id }) => id !== current && isDue(id))
  return due?.id ?? null
}

async function park(c: Context<SessionedEnv>, { parking }: ParkDeps): Promise<Step> {
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
  if (known && (await parking.isUpToDate(known, conversation))) {
    if (!parking.isSafe(known)) return 'parking'
    visit.expire(place)
    await leaveList()
    return 'parked'
  }
  const entry = entryOf(place.id, conversation)
  const changed = await parking.add(await visit.shelf(), entry, conversation)
  if (!changed) return 'kept'
  await visit.saveShelf(changed)
  return 'parking'
}
