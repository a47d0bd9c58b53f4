/**
 * A turn as events: its text as it comes, now and then a receipt for what there is, the reply rendered by blocks for a page that wants
 * it so, and at the end the whole reply or what went wrong.
 */

import type { FinishedTurn } from '../conversation/turn.ts'
import { createCheckpointSchedule } from '../session/checkpoint.ts'
import type { HtmlBlock } from '../wire.ts'
import { within } from '../within.ts'
import type { ChatEvent } from './event-stream.ts'

/** Renders a reply while it grows. */
export interface BlockRenderer {
  push(text: string): void
  /** The blocks that changed since the last call. */
  take(): readonly HtmlBlock[]
  /** The blocks that must still change for the finished reply. */
  finish(reply: string): readonly HtmlBlock[]
}

export interface TurnEventsOptions {
  /** Makes a receipt for the reply so far, or for the finished one. */
  readonly issue: (reply: string, stopped: boolean) => Promise<string>
  /** Null when nobody wants the reply rendered. */
  readonly renderer: BlockRenderer | null
  /** Makes the last event of a turn that failed; null for none, when nobody is there any more. */
  readonly fail: (error: unknown, partial: boolean) => ChatEvent | null
}

/** The growing block is rendered again at most four times a second. */
const RENDER_EVERY_MS = 250

/**
 * The events of a turn. Never throws.
 *
 * @param first the turn's first piece, which was asked for already
 */
export async function* turnEvents(
  turn: AsyncGenerator<string, FinishedTurn, undefined>,
  first: Promise<IteratorResult<string, FinishedTurn>>,
  { issue, renderer, fail }: TurnEventsOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const checkpoints = createCheckpointSchedule()
  let renderedAtMs = 0
  let renderAtMs = Number.POSITIVE_INFINITY
  let reply = ''
  try {
    let pending = first
    for (;;) {
      const now = Date.now()
      const dueInMs = Math.min(checkpoints.dueInMs(now), renderAtMs - now)
      const piece = await within(dueInMs, pending, () => null)
      if (piece?.done) {
        const { assistant, finish } = piece.value
        for (const data of renderer?.finish(assistant) ?? []) yield { name: 'html', data }
        const receipt = await issue(assistant, false)
        yield { name: 'done', data: { reply: assistant, receipt, finish } }
        return
      }
      if (piece) {
        reply += piece.value
        renderer?.push(piece.value)
        renderAtMs = renderedAtMs + RENDER_EVERY_MS
        checkpoints.grow(reply.trim().length, Date.now())
        yield { name: 'token', data: { text: piece.value } }
        pending = turn.next()
      }
      if (renderAtMs <= Date.now()) {
        renderedAtMs = Date.now()
        renderAtMs = Number.POSITIVE_INFINITY
        for (const data of renderer?.take() ?? []) yield { name: 'html', data }
      }
      if (checkpoints.dueInMs(Date.now()) <= 0) {
        const receipt = await issue(reply.trim(), true)
        checkpoints.sent(receipt.length)
        yield { name: 'checkpoint', data: { receipt } }
      }
    }
  } catch (error) {
    const event = fail(error, reply !== '')
    if (event) yield event
  } finally {
    // Reached early when the reader has left: the model must not go on talking.
    await turn.return({ user: '', assistant: '', finish: 'stop' })
  }
}
