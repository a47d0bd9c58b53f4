/**
 * The chat page with a conversation's newest turns:
 *
 *     GET /            the root's conversation, or an empty page whose form begins another
 *     GET /c/<id>      the conversation at that address
 *
 *     ?before=n        the turns before the one numbered n
 *     ?edit=last       the last question stands in the box; or ?edit=<turn id>
 *     ?q=text          the list has the conversations whose titles hold that
 */

import { type Context, Hono } from 'hono'
import type { AppEnv, SessionedEnv } from '../context.ts'
import type { Archive } from '../conversation/archive/archive.ts'
import { type Conversation, countTurns } from '../conversation/conversation.ts'
import type { Shares } from '../conversation/copy.ts'
import { titleOf } from '../conversation/title.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import type { ErrorStatus } from '../errors.ts'
import { hasBeenHere } from '../http/been-here.ts'
import type { Sessions, VisitorSession } from '../http/session.ts'
import { textOf } from '../model/content.ts'
import { ChatPage, type ChatPageProps } from '../page/chat-page.tsx'
import { chooseTexts } from '../page/texts/choose.ts'
import { type Addresses, addressOf } from '../session/address.ts'
import type { IndexEntry } from '../session/conversation-index.ts'
import type { Parking } from '../session/parking.ts'
import { listConversations } from './conversations.ts'
import { nextToPark } from './park.ts'
import { readPreferences } from './preferences.ts'
import { addressOfCopy } from './shared.tsx'

export interface PageDeps {
  readonly appName: string
  readonly isDemo: boolean
  readonly archive: Archive
  readonly addresses: Addresses
  readonly parking: Parking
  readonly shares: Shares
  readonly maxConversations: number
}

/**
 * The page shows at least so many turns, reading them from the archive if need be, so that there is
 * something to read.
 */
const MIN_SHOWN_TURNS = 10
/** Whatever the cookie holds, the page opens fast. */
const MAX_SHOWN_TURNS = 40
/** How many turns come with each look back. */
const EARLIER_TURNS = 20

/** The page at the root. */
export function pageRoutes({ openRoot }: Sessions, deps: PageDeps) {
  return new Hono<AppEnv>().get('/', openRoot, async (c) => {
    const { session } = c.var
    if (session.isNew) await session.save(session.conversation)
    return renderChatPage(c, deps)
  })
}

/** The page of a conversation at an address of its own. */
export function ownPageRoutes({ openOwn }: Sessions, deps: PageDeps) {
  return new Hono<AppEnv>().get('/', openOwn('refused'), async (c) => {
    const { session } = c.var
    if (session.parked) await session.save(session.conversation)
    else await session.enlist()
    return renderChatPage(c, deps)
  })
}

/** Why the page is shown. */
export type Occasion =
  /** Its address was opened. */
  | { readonly kind: 'opened' }
  /** A form's message was answered by a turn that no cookie will hold. */
  | { readonly kind: 'answered'; readonly turn: SavedTurn }
  /** A form's message got no reply. */
  | {
      readonly kind: 'failed'
      readonly failed: NonNullable<ChatPageProps['failed']>
      /** The question that was being changed, as in `?edit=`; empty for a new one. */
      readonly edit: string
    }

/** True for a visitor who was here a moment ago and brought no session back. */
export function isCookieless<E extends SessionedEnv>(c: Context<E>): boolean {
  const { isNew, visit } = c.var.session
  return isNew && visit.isStranger && hasBeenHere(c)
}

/** The chat page as a response. */
export async function renderChatPage<E extends SessionedEnv>(
  c: Context<E>,
  deps: PageDeps,
  occasion: Occasion = { kind: 'opened' },
  status: 200 | ErrorStatus = 200,
): Promise<Response> {
  const { appName, isDemo, archive } = deps
  const { session } = c.var
  const { conversation } = session
  const preferences = readPreferences(c)
  const { from, to } = rangeToShow(conversation, c.req.query('before'))
  const kept = await archive.read(conversation, from, to)
  const excerpt = occasion.kind === 'answered' ? { ...kept, turns: [occasion.turn] } : kept
  const edit = occasion.kind === 'failed' ? occasion.edit : (c.req.query('edit') ?? '')
  const props: ChatPageProps = {
    appName,
    isDemo,
    texts: chooseTexts(c.req.header('Accept-Language'), preferences.language),
    preferences,
    now: Math.floor(Date.now() / 1000),
    excerpt,
    editing: editingOf(excerpt, edit),
    cookieless: isCookieless(c),
    ...(await placeProps(session, c.req.query('q') ?? '', deps)),
    ...(occasion.kind === 'failed' && { failed: occasion.failed }),
  }
  return c.html(<ChatPage {...props} />, status)
}

/** Where the conversation lives, and which others there are. */
async function placeProps(session: VisitorSession, filter: string, deps: PageDeps) {
  const { conversation, place, visit } = session
  const { parking, maxConversations, shares } = deps
  const isEmpty = countTurns(conversation) === 0
  const { entries } = await visit.index()
  const current = place.kind === 'own' ? place.id : null
  const next = await nextToPark(current, visit, deps)
  const listed = await listConversations(visit)
  const isFull = !parking.isPossible && entries.length >= maxConversations
  return {
    base: place.kind === 'root' && isEmpty ? addressOf(await deps.addresses.issue()) : session.base,
    title: place.kind === 'root' ? '' : titleOf(conversation),
    list: {
      entries: listed.entries.filter(fits(filter)).map(toListEntry),
      isWhole: listed.isWhole,
      filter,
      current,
    },
    canShare: shares.isPossible && place.kind === 'own' && !isEmpty,
    shared: conversation.shared === undefined ? null : addressOfCopy(conversation.shared),
    leaving: isEmpty && isFull ? (entries.at(-1)?.title ?? null) : null,
    park: next ?? undefined,
  }
}

function fits(filter: string): (entry: IndexEntry) => boolean {
  const wanted = filter.trim().toLowerCase()
  return ({ title }) => title.toLowerCase().includes(wanted)
}

function toListEntry({ id, title, startedAt, shared }: IndexEntry) {
  return { id, title, startedAt, shared: shared === undefined ? null : `${addressOf(id)}/copy` }
}

/** The question that shall be changed, if the page shows it. */
function editingOf(
  { turns, later }: { readonly turns: readonly SavedTurn[]; readonly later: number },
  edit: string,
): ChatPageProps['editing'] {
  const last = later === 0 ? turns.at(-1) : undefined
  const turn = edit === 'last' ? last : turns.find(({ id }) => id === edit)
  return turn ? { turn: turn.id, text: textOf(turn.user), isLast: turn === last } : null
}

function rangeToShow(conversation: Conversation, before = ''): { from: number; to: number } {
  const total = countTurns(conversation)
  if (/^\d{1,9}$/.test(before) && Number(before) < total) {
    return { from: Number(before) - EARLIER_TURNS, to: Number(before) }
  }
  const shown = Math.min(Math.max(conversation.turns.length, MIN_SHOWN_TURNS), MAX_SHOWN_TURNS)
  return { from: total - shown, to: total }
}
