/** Sorts conversations by how long ago they began. */

const DAY_SECONDS = 86_400
const WEEK_DAYS = 7

export type Day = 'today' | 'yesterday' | 'week' | 'older'

export interface DayGroup<Entry> {
  readonly day: Day
  readonly entries: readonly Entry[]
}

/**
 * The entries in groups, none of which is empty, in the order of the entries. Days are those of
 * UTC: the server does not know where the visitor's midnight is.
 *
 * @param now seconds since 1970, as `startedAt`
 */
export function groupByDay<Entry extends { readonly startedAt: number }>(
  entries: readonly Entry[],
  now: number,
): DayGroup<Entry>[] {
  const groups = new Map<Day, Entry[]>()
  for (const entry of entries) {
    const day = dayOf(entry.startedAt, now)
    const group = groups.get(day)
    if (group) group.push(entry)
    else groups.set(day, [entry])
  }
  return [...groups].map(([day, group]) => ({ day, entries: group }))
}

function dayOf(startedAt: number, now: number): Day {
  const days = Math.floor(now / DAY_SECONDS) - Math.floor(startedAt / DAY_SECONDS)
  if (days <= 0) return 'today'
  if (days === 1) return 'yesterday'
  return days <= WEEK_DAYS ? 'week' : 'older'
}
