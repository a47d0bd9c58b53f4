/**
 * `GET /`: the chat page with the conversation's newest turns, or with `?before=n` those before the
 * turn numbered n.
 */

import { type Context, Hono } from 'hono'
import type { AppEnv, OpenSession, SessionedEnv } from '../context.ts'
import type { Archive } from '../conversation/archive/archive.ts'
import { type Conversation, countTurns } from '../conversation/conversation.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import type { ErrorStatus } from '../errors.ts'
import { hasBeenHere } from '../http/been-here.ts'
import { ChatPage, type ChatPageProps } from '../page/chat-page.tsx'
import { NO_PREFERENCES } from '../page/preferences.tsx'
import { chooseTexts } from '../page/texts/choose.ts'

export interface PageDeps {
  readonly appName: string
  readonly isDemo: boolean
  readonly archive: Archive
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

export function pageRoutes(openSession: OpenSession, deps: PageDeps) {
  return new Hono<AppEnv>().get('/', openSession, async (c) => {
    const { session } = c.var
    if (session.isNew) await session.save(session.conversation)
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
  | { readonly kind: 'failed'; readonly failed: NonNullable<ChatPageProps['failed']> }

/** True for a visitor who was here a moment ago and brought no session back. */
export function isCookieless<E extends SessionedEnv>(c: Context<E>): boolean {
  return c.var.session.isNew && hasBeenHere(c)
}

/** The chat page as a response. */
export async function renderChatPage<E extends SessionedEnv>(
  c: Context<E>,
  { appName, isDemo, archive }: PageDeps,
  occasion: Occasion = { kind: 'opened' },
  status: 200 | ErrorStatus = 200,
): Promise<Response> {
  const { conversation } = c.var.session
  const { from, to } = rangeToShow(conversation, c.req.query('before'))
  const kept = await archive.read(conversation, from, to)
  const excerpt = occasion.kind === 'answered' ? { ...kept, turns: [occasion.turn] } : kept
  const failed = occasion.kind === 'failed' && { failed: occasion.failed }
  const texts = chooseTexts(c.req.header('Accept-Language'))
  const cookieless = isCookieless(c)
  const props = { appName, isDemo, excerpt, texts, cookieless, ...failed, ...plainProps() }
  return c.html(<ChatPage {...props} />, status)
}

/** What the page shows of conversations at addresses of their own, while there are none. */
function plainProps() {
  return {
    base: '',
    title: '',
    list: { entries: [], filter: '', current: null },
    preferences: NO_PREFERENCES,
    canShare: false,
    shared: null,
    editing: null,
    leaving: null,
    now: Math.floor(Date.now() / 1000),
  }
}

function rangeToShow(conversation: Conversation, before = ''): { from: number; to: number } {
  const total = countTurns(conversation)
  if (/^\d{1,9}$/.test(before) && Number(before) < total) {
    return { from: Number(before) - EARLIER_TURNS, to: Number(before) }
  }
  const shown = Math.min(Math.max(conversation.turns.length, MIN_SHOWN_TURNS), MAX_SHOWN_TURNS)
  return { from: total - shown, to: total }
}
