/**
 * The name of a turn: when it began, and chance.
 *
 *     mjd2k0f3a q1zx     nine base-36 digits of milliseconds since 1970, four of chance
 *
 * A later turn has a greater id, so ids can be compared. Knows no conversation.
 */

/** The greatest time that nine digits to the base of 36 can tell. */
const MAX_ID_MS = 36 ** 9 - 1
const CHANCES = 36 ** 4
const TURN_ID = /^[0-9a-z]{13}$/

/**
 * Names a turn that begins now. It begins a moment after `floor` where the clock of another machine
 * was ahead: a turn with a smaller id than the floor would never be taken.
 *
 * @param floor the greatest id up to which nothing new is taken; empty when there is none
 */
export function newTurnId(nowMs: number, floor: string): string {
  const afterFloor = floor === '' ? 0 : millisecondsOf(floor) + 1
  const ms = Math.min(Math.max(Math.floor(nowMs), afterFloor), MAX_ID_MS)
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
  return ms.toString(36).padStart(9, '0') + (chance % CHANCES).toString(36).padStart(4, '0')
}

export function isTurnId(value: unknown): value is string {
  return typeof value === 'string' && TURN_ID.test(value)
}

/** When a turn began. */
export function startedAtOf(id: string): Date {
  return new Date(millisecondsOf(id))
}

/** The chance in an id, from 0 (inclusive) to 1 (exclusive). */
export function chanceOf(id: string): number {
  return Number.parseInt(id.slice(9), 36) / CHANCES
}

function millisecondsOf(id: string): number {
  return Number.parseInt(id.slice(0, 9), 36)
}
