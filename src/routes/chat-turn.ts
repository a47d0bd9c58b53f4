/** A turn of a request, in whichever form it is answered. */

import type { Context } from 'hono'
import type { BodyEnv, SessionedEnv } from '../context.ts'
import type { ChatRequest } from '../conversation/input.ts'
import type { Begun, ChatService, TurnRequest } from '../conversation/service.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import type { Listing, VisitorSession } from '../http/session.ts'
import { SETTLED_HEADER } from '../wire.ts'
import type { PageDeps } from './page.tsx'

export type ChatContext = Context<BodyEnv & SessionedEnv>

export interface ChatDeps extends PageDeps {
  readonly chat: ChatService
  /** A reader who has not read a streamed turn after so long is cut off, in milliseconds. */
  readonly streamLimitMs: number
}

/** Where a turn is kept. */
interface Keeping {
  /** The request's own unless given. */
  readonly session?: VisitorSession
  /** `now` unless given. */
  readonly listing?: Listing
}

/** Begins the turn, and says in a header which of its receipts can be thrown away. */
export async function begin(
  c: ChatContext,
  { chat }: ChatDeps,
  request: ChatRequest & Pick<TurnRequest, 'streamed'>,
  session: VisitorSession = c.var.session,
): Promise<Begun> {
  const { requestId } = c.var
  const visitor = c.req.raw.signal
  const begun = await chat.begin(session, { ...request, requestId, visitor })
  if (request.receipts.length > 0) c.header(SETTLED_HEADER, begun.settled.join(','))
  return begun
}

/**
 * The turn with its reply in one piece, after the cookie has been told of it.
 *
 * @throws whatever the turn failed with
 */
export async function reply(
  c: ChatContext,
  deps: ChatDeps,
  request: ChatRequest,
  { session = c.var.session, listing = 'now' }: Keeping = {},
): Promise<SavedTurn> {
  const begun = await begin(c, deps, { ...request, streamed: false }, session)
  const finished = await begun.finish((conversation) => session.save(conversation, listing))
  if (finished.kind === 'failed') throw finished.error
  return finished.turn
}
