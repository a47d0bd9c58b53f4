import { describe, expect, it } from 'vitest'
import { groupByDay } from '../../src/page/days.ts'

const at = (day: number, hour: number) => Date.UTC(2026, 10, day, hour) / 1000
const NOON = at(25, 12)

describe('groupByDay()', () => {
  it.each([
    ['now', NOON, 'today'],
    ['a clock that is ahead', at(27, 0), 'today'],
    ['the first moment of the day', at(25, 0), 'today'],
    ['the hour before', at(24, 23), 'yesterday'],
    ['two days ago', at(23, 23), 'week'],
    ['seven days ago', at(18, 0), 'week'],
    ['eight days ago', at(17, 23), 'older'],
  ])('knows %s', (_name, startedAt, day) => {
    expect(groupByDay([{ startedAt }], NOON)).toEqual([{ day, entries: [{ startedAt }] }])
  })

  it('keeps the order, and makes no empty group', () => {
    const entries = [at(25, 9), at(25, 8), at(3, 1), at(2, 1)].map((startedAt) => ({ startedAt }))
    expect(groupByDay(entries, NOON)).toEqual([
      { day: 'today', entries: entries.slice(0, 2) },
      { day: 'older', entries: entries.slice(2) },
    ])
    expect(groupByDay([], NOON)).toEqual([])
  })
})
