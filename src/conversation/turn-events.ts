/**
 * A turn as events: its text as it comes, now and then a receipt for what there is, the reply
 * rendered by blocks for a page that wants it so, and at the end the whole reply or what went
 * wrong.
 *
 *     first text   0.1 s later        every 0.25 s at most   widening distances        the end
 *     token …      checkpoint token … html token …           checkpoint token …   html done | error
 *
 * All that is due at one moment comes as one batch, which travels as one write.
 */

import { toWire } from '../errors.ts'
import type { ChatEvent, EventSource, HtmlBlock } from '../wire.ts'
import { createCheckpointSchedule } from './checkpoint.ts'
import type { RunningTurn, TurnOutcome } from './running-turn.ts'
import type { SavedTurn } from './turn.ts'

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
  readonly issue: (said: Pick<SavedTurn, 'assistant' | 'stopped'>) => Promise<string>
  /** Null when nobody wants the reply rendered. */
  readonly renderer: BlockRenderer | null
}

/** The growing block is rendered again at most four times a second. */
const RENDER_EVERY_MS = 250
/**
 * So much later it is rendered although no text has come. The next piece mostly comes before, and
 * saves the timer.
 */
const RENDER_SLACK_MS = 50

/** More pieces than a model says in a frame have waited for a slow reader: they come as one. */
const MAX_PIECES = 32

/**
 * Says what of a turn is to be told, and when. An error of our own, as of a signature, ends it like
 * one of the model's.
 */
export function createTurnEvents(
  turn: RunningTurn,
  { issue, renderer }: TurnEventsOptions,
): EventSource<ChatEvent> {
  const checkpoints = createCheckpointSchedule()
  const length = createTrimmedLength()
  let renderedAtMs = 0
  let renderAtMs = Number.POSITIVE_INFINITY
  let ended = false

  function hear(pieces: readonly string[]): ChatEvent[] {
    const all = pieces.join('')
    renderer?.push(all)
    renderAtMs = renderer ? renderedAtMs + RENDER_EVERY_MS : Number.POSITIVE_INFINITY
    checkpoints.grow(length.add(all), Date.now())
    const texts = pieces.length > MAX_PIECES ? [all] : pieces
    return texts.map((text) => ({ name: 'token', data: { text } }))
  }

  function render(): ChatEvent[] {
    renderedAtMs = Date.now()
    renderAtMs = Number.POSITIVE_INFINITY
    return (renderer?.take() ?? []).map((data) => ({ name: 'html', data }))
  }

  async function checkpoint(): Promise<ChatEvent> {
    const receipt = await issue({ assistant: turn.said(), stopped: true })
    checkpoints.sent(receipt.length)
    return { name: 'checkpoint', data: { receipt } }
  }

  async function end(outcome: TurnOutcome): Promise<ChatEvent[]> {
    ended = true
    if (outcome.kind === 'failed') return [toErrorEvent(outcome.error, { partial: length.all > 0 })]
    const { assistant, finish } = outcome.turn
    const blocks = renderer?.finish(assistant) ?? []
    const receipt = await issue({ assistant, stopped: false })
    return [
      ...blocks.map((data): ChatEvent => ({ name: 'html', data })),
      { name: 'done', data: { reply: assistant, receipt, finish } },
    ]
  }

  async function collect(): Promise<ChatEvent[]> {
    const pieces = turn.take()
    const { outcome } = turn
    const events = pieces.length > 0 ? hear(pieces) : []
    if (outcome) return [...events, ...(await end(outcome))]
    if (renderAtMs <= Date.now()) events.push(...render())
    if (checkpoints.dueInMs(Date.now()) <= 0) events.push(await checkpoint())
    return events
  }

  return {
    get ended() {
      return ended
    },
    listen: turn.listen,
    dueInMs() {
      if (turn.hasNews) return 0
      const now = Date.now()
      const renderInMs = renderAtMs + RENDER_SLACK_MS - now
      return Math.max(0, Math.min(checkpoints.dueInMs(now), renderInMs))
    },
    async take() {
      try {
        return await collect()
      } catch (error) {
        ended = true
        return [toErrorEvent(error, { partial: length.all > 0 })]
      }
    },
  }
}

/** Counts the characters of a growing text without the blanks around it, by its new pieces only. */
function createTrimmedLength(): { readonly all: number; add(text: string): number } {
  let all = 0
  let blanksAtEnd = 0
  return {
    get all() {
      return all
    },
    add(text) {
      const piece = all === 0 ? text.trimStart() : text
      const words = piece.trimEnd().length
      blanksAtEnd = words === 0 ? blanksAtEnd + piece.length : piece.length - words
      all += piece.length
      return all - blanksAtEnd
    },
  }
}

function toErrorEvent(error: unknown, { partial }: { readonly partial: boolean }): ChatEvent {
  const { code, sentence, retryAfterSeconds } = toWire(error)
  const retry = retryAfterSeconds === null ? {} : { retryAfter: retryAfterSeconds }
  return { name: 'error', data: { error: sentence, code, ...retry, partial } }
}
