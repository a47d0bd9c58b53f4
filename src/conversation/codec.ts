/**
 * How conversations, segments and receipts are written as text. Lists go from old to new. Places
 * instead of names: smaller, and nothing that could reach a prototype.
 *
 *     conversation  [3, "<id>", 1767225600, 4, "mjd2k0f3aq1zx", ["mjd2k0f9bbe01", …],
 *                    version, id, start in seconds, forgotten messages, floor, ring,
 *                    [segment reference, …], [turn, …]]
 *     … unusual     [4, …, {"n": "Prices", "t": "What is inflation?", "s": "9f86…"}]
 *                    n: the visitor's name for it; t: cut from the first question, which has left;
 *                    s: the copy that anyone may read
 *     segment       [3, [segment reference, …], [turn, …]]
 *     receipt       [3, "<conversation id>", turn, "<id of the turn that it replaces, or empty>"]
 *
 *     reference     ["h3-Xq0zT", 1, 21]                               key, level, turns
 *     turn          ["mjd2k1a7c0p3q", "What is inflation?", "Inflation is …"]
 *     … unusual     ["mjd2k1a7c0p3q", content, "Inflation is", {"s": 1, "m": "org/model"}]
 *                    s: the visitor stopped it; m: the model that spoke
 *     content       "text", or a list of parts: "text", ["image/png", "<key of a file>"]
 *
 * The rule: a format that anybody may still hold is read for ever, and only the newest one is
 * written. A new version never ends a conversation. Version 2 had no number in segments and
 * receipts, and wrote 1 in place of the object. A conversation without anything unusual is the same
 * in versions 3 and 4, and written as 3.
 */

import type { Content, Part } from '../model/content.ts'
import { type Conversation, type SegmentRef, secondsLeft } from './conversation.ts'
import type { SavedTurn } from './turn.ts'
import { isTurnId } from './turn-id.ts'

/** A turn that has a signature of its own, to be added to its conversation. */
export interface Receipt {
  readonly conversationId: string
  readonly turn: SavedTurn
  /** The turn whose place it takes; empty when it comes after all others. */
  readonly replaces: string
}

/** A part of a conversation that has left the cookie. */
export interface Segment {
  /** Older segments, whose turns come before these. */
  readonly before: readonly SegmentRef[]
  readonly turns: readonly SavedTurn[]
}

const VERSION = 3
/** Of a conversation with something unusual. */
const VERSION_4 = 4
/** Still read, for those who hold it. */
const VERSION_2 = 2
/** A clock may run ahead of the one that signed by this much. */
const MAX_SKEW_SECONDS = 60
const SEGMENT_KEY = /^[\w-]{8}$/
const MAX_MODEL_CHARS = 200

export function encodeConversation(conversation: Conversation): string {
  const { id, startedAt, forgotten, floor, ring } = conversation
  const segments = conversation.segments.map(toReferenceList)
  const turns = conversation.turns.map(toTurnList)
  const fields = [id, startedAt, forgotten, floor, ring, segments, turns]
  const { name: n, title: t, shared: s } = conversation
  if (n === undefined && t === undefined && s === undefined) {
    return JSON.stringify([VERSION, ...fields])
  }
  return JSON.stringify([VERSION_4, ...fields, { n, t, s }])
}

/** Null for what no version wrote, an expired conversation, or one from the future. */
export function parseConversation(
  payload: string,
  nowSeconds: number,
  maxAgeSeconds: number,
): Conversation | null {
  const conversation = toConversation(parseArray(payload))
  if (!conversation || conversation.startedAt > nowSeconds + MAX_SKEW_SECONDS) return null
  return secondsLeft(conversation, nowSeconds, maxAgeSeconds) > 0 ? conversation : null
}

export function encodeSegment({ before, turns }: Segment): string {
  return JSON.stringify([VERSION, before.map(toReferenceList), turns.map(toTurnList)])
}

/** Null for what no version wrote. */
export function parseSegment(payload: string): Segment | null {
  const fields = parseArray(payload)
  // Version 2 began with the list of segments.
  const [references, turns, ...rest] = fields[0] === VERSION ? fields.slice(1) : fields
  const before = parseList(references, parseReference)
  const parsed = parseList(turns, parseTurn)
  return before && parsed && rest.length === 0 ? { before, turns: parsed } : null
}

export function encodeReceipt({ conversationId, turn, replaces }: Receipt): string {
  return JSON.stringify([VERSION, conversationId, toTurnList(turn), replaces])
}

/** Null for what no version wrote. */
export function parseReceipt(payload: string): Receipt | null {
  const fields = parseArray(payload)
  // Version 2 began with the id.
  const [conversationId, value, replaces] = fields[0] === VERSION ? fields.slice(1) : fields
  const turn = parseTurn(value)
  if (typeof conversationId !== 'string' || typeof replaces !== 'string' || !turn) return null
  return { conversationId, turn, replaces }
}

function toReferenceList({ key, level, turns }: SegmentRef): readonly unknown[] {
  return [key, level, turns]
}

function toTurnList({ id, user, assistant, stopped, model }: SavedTurn): readonly unknown[] {
  const said = [id, toContentValue(user), assistant]
  if (!stopped && model === undefined) return said
  return [
    ...said,
    {
      ...(stopped && { s: 1 }),
      ...(model !== undefined && { m: model.slice(0, MAX_MODEL_CHARS) }),
    },
  ]
}

function toContentValue(content: Content): unknown {
  if (typeof content === 'string') return content
  return content.map((part) => (part.kind === 'text' ? part.text : [part.mediaType, part.key]))
}

function toConversation(fields: readonly unknown[]): Conversation | null {
  const [version, id, startedAt, forgotten, floor, ring, references, turns, ...rest] = fields
  const extras = version === VERSION_4 ? parseExtras(rest[0]) : {}
  if (version !== VERSION && version !== VERSION_2 && version !== VERSION_4) return null
  if (!extras || rest.length > (version === VERSION_4 ? 1 : 0)) return null
  if (typeof id !== 'string' || !/^[0-9a-f]{32}$/.test(id)) return null
  if (!isCount(startedAt) || !isCount(forgotten)) return null
  if (floor !== '' && !isTurnId(floor)) return null
  if (!Array.isArray(ring) || !ring.every(isTurnId)) return null
  const segments = parseList(references, parseReference)
  const parsed = parseList(turns, parseTurn)
  if (!segments || !parsed) return null
  return { id, startedAt, forgotten, floor, ring, segments, turns: parsed, ...extras }
}

/** What is unusual of a conversation; null for what no version wrote. */
function parseExtras(value: unknown): Pick<Conversation, 'name' | 'title' | 'shared'> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { n, t, s }: Readonly<Record<string, unknown>> = { ...value }
  const texts = [n, t, s].filter((text) => text !== undefined)
  if (!texts.every((text) => typeof text === 'string')) return null
  return {
    ...(typeof n === 'string' && { name: n }),
    ...(typeof t === 'string' && { title: t }),
    ...(typeof s === 'string' && { shared: s }),
  }
}

function parseReference(value: unknown): SegmentRef | null {
  if (!Array.isArray(value) || value.length !== 3) return null
  const [key, level, turns]: readonly unknown[] = value
  const isReference = typeof key === 'string' && SEGMENT_KEY.test(key)
  return isReference && isCount(level) && isCount(turns) ? { key, level, turns } : null
}

function parseTurn(value: unknown): SavedTurn | null {
  if (!Array.isArray(value) || value.length < 3 || value.length > 4) return null
  const [id, said, assistant, extras]: readonly unknown[] = value
  const user = parseContent(said)
  const unusual = parseUnusual(extras)
  if (!isTurnId(id) || user === null || typeof assistant !== 'string' || !unusual) return null
  return { id, user, assistant, ...unusual }
}

/** What is unusual of a turn; null for what no version wrote. */
function parseUnusual(value: unknown): Pick<SavedTurn, 'stopped' | 'model'> | null {
  if (value === undefined) return { stopped: false }
  // Version 2.
  if (value === 1) return { stopped: true }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const stopped = 's' in value && value.s === 1
  if (!('m' in value)) return { stopped }
  const model: unknown = value.m
  if (typeof model !== 'string' || model.length > MAX_MODEL_CHARS) return null
  return { stopped, model }
}

function parseContent(value: unknown): Content | null {
  return typeof value === 'string' ? value : parseList(value, parsePart)
}

function parsePart(value: unknown): Part | null {
  if (typeof value === 'string') return { kind: 'text', text: value }
  if (!Array.isArray(value) || value.length !== 2) return null
  const [mediaType, key]: readonly unknown[] = value
  const isFile = typeof mediaType === 'string' && typeof key === 'string'
  return isFile ? { kind: 'file', mediaType, key } : null
}

/** Every item parsed; null when the value is no list or one item is not what it should be. */
function parseList<T>(value: unknown, parseItem: (item: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(value)) return null
  const items = value.map(parseItem)
  return items.every((item) => item !== null) ? items : null
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** The parsed list; an empty one for anything else. */
function parseArray(payload: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(payload)
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
