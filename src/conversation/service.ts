/**
 * What can be done with a conversation: a turn begins, is told and finished; receipts are
 * committed. Routes call it and answer. Knows no HTTP and no cookie: whoever calls says how a
 * conversation is saved.
 *
 *     begin ──► Begun ──► events()       a streamed turn: told as it grows, kept by its receipt
 *                    └──► finish(save)   a turn in one piece: saved when it is over
 */

import { AppError, shuttingDown } from '../errors.ts'
import type { Log } from '../log.ts'
import { createMarkdownStream } from '../markdown/stream.ts'
import type { Model } from '../model/model.ts'
import type { ChatEvent, EventSource } from '../wire.ts'
import type { Archive } from './archive/archive.ts'
import {
  appendTurn,
  type Conversation,
  countTurns,
  lastTurnId,
  replaceTurn,
} from './conversation.ts'
import { mergeReceipts, type Receipts } from './receipt.ts'
import { type RunningTurn, startTurn } from './running-turn.ts'
import type { SavedTurn } from './turn.ts'
import { createTurnEvents } from './turn-events.ts'
import { newTurnId } from './turn-id.ts'
import { logTurn } from './turn-log.ts'
import { turnsNeeded } from './window.ts'

export interface ChatServiceDeps {
  readonly model: Model
  readonly receipts: Receipts
  readonly systemPrompt: string
  /** Newest messages sent to the model. */
  readonly maxMessages: number
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Aborts when turns that are still open must end, because the process is about to. */
  readonly stopping?: AbortSignal
}

/** The conversation of a request, and what the request may use. */
export interface Asker {
  readonly conversation: Conversation
  /** The archive, as this request uses it. */
  readonly archive: Archive
  /** Reads, writes and deletions that the request has made the store do so far. */
  readonly storeOperations: number
}

export interface TurnRequest {
  readonly message: string
  /** Receipts of turns that may not be saved yet. */
  readonly receipts: readonly string[]
  /** Whether the turn shall take the place of the conversation's last one. */
  readonly replaces: 'last' | 'nothing'
  /** True for a turn that is told while it grows. */
  readonly streamed: boolean
  /** Names the request in the log. */
  readonly requestId: string
  /** Aborts when the visitor leaves: the turn ends then. */
  readonly visitor: AbortSignal
}

/** A turn that has begun. It goes on by itself, whether anybody looks or not. */
export interface Begun {
  /** The conversation before the turn, with the turns of the receipts that came along. */
  readonly conversation: Conversation
  /** True when those receipts have changed it. */
  readonly changed: boolean
  /** The positions of the receipts that are of no more use. */
  readonly settled: readonly number[]
  /** Why the turn has failed before a word was said, after at most so many milliseconds. */
  earlyFailure(maxMs: number): Promise<EarlyFailure>
  /**
   * Waits for the end of a turn in one piece, and keeps it. A turn that fails leaves no trace.
   *
   * @param save takes the conversation with the turn; should it fail, so has the turn
   */
  finish(save: (conversation: Conversation) => Promise<void>): Promise<Finished>
  /** Tells the turn while it grows. Its receipt is good for this conversation. */
  events(options: { readonly html: boolean }): EventSource<ChatEvent>
  /** Ends the turn, should it not be over. */
  stop(reason: AppError): void
}

export type EarlyFailure =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly error: unknown }

export type Finished =
  | { readonly kind: 'finished'; readonly turn: SavedTurn }
  | { readonly kind: 'failed'; readonly error: unknown }

export type Committed =
  | {
      readonly kind: 'committed'
      readonly conversation: Conversation
      readonly settled: readonly number[]
    }
  /** Nothing was added: a receipt was forged, or none was good for this conversation. */
  | {
      readonly kind: 'refused'
      readonly error: AppError
      readonly settled: readonly number[]
    }

export interface ChatService {
  /** @throws AppError `shutting_down` when the process is about to end; nothing else */
  begin(asker: Asker, request: TurnRequest): Promise<Begun>
  /** Puts the turns of receipts into the conversation. */
  commit(asker: Asker, receipts: readonly string[]): Promise<Committed>
}

export function createChatService(deps: ChatServiceDeps): ChatService {
  const { receipts, stopping, maxMessages, now } = deps
  const running = new Set<RunningTurn>()
  stopping?.addEventListener('abort', () => {
    for (const turn of running) turn.stop(shuttingDown())
  })

  /** Starts a turn that ends when its visitor leaves or the process stops. */
  async function run(
    { archive }: Asker,
    conversation: Conversation,
    replaces: string,
    { message, streamed, visitor }: TurnRequest,
  ): Promise<RunningTurn> {
    const end = countTurns(conversation) - (replaces === '' ? 0 : 1)
    const { turns } = await archive.read(conversation, end - turnsNeeded(maxMessages), end)
    // Nothing is awaited from here to where the others are told, so no turn is overlooked.
    if (stopping?.aborted) throw shuttingDown()
    const turn = startTurn(turns, message, { ...deps, stream: streamed })
    running.add(turn)
    void turn.ended.then(() => running.delete(turn))
    endWithVisitor(turn, visitor)
    return turn
  }

  return {
    async begin(asker, request) {
      const merged = await mergeReceipts(
        asker.conversation,
        request.receipts,
        receipts,
        asker.archive,
      )
      const { conversation, changed, settled } = merged
      const replaces = request.replaces === 'last' ? lastTurnId(conversation) : ''
      const id = newTurnId(now(), conversation.floor)
      const turn = await run(asker, conversation, replaces, request)
      const log = (failure: unknown): void => logEnd(deps, asker, request, turn, failure)
      if (request.streamed) void turn.ended.then(() => log(null))
      return {
        conversation,
        changed,
        settled,
        earlyFailure: (maxMs) => earlyFailure(turn, maxMs),
        async finish(save) {
          const finished = await keep(turn, { conversation, id, replaces, request }, save)
          log(finished.kind === 'failed' ? finished.error : null)
          return finished
        },
        events: ({ html }) =>
          createTurnEvents(turn, {
            issue: (said) =>
              receipts.issue({
                conversationId: conversation.id,
                turn: { id, user: request.message, ...said },
                replaces,
              }),
            renderer: html ? createMarkdownStream() : null,
          }),
        stop: turn.stop,
      }
    },

    async commit({ conversation: before, archive }, tokens) {
      const merged = await mergeReceipts(before, tokens, receipts, archive)
      const { conversation, opened, refusals, settled } = merged
      // A forged receipt is refused with all that came along; one that is late keeps no other out.
      const forged = refusals.find(({ code }) => code === 'receipt_invalid')
      if (!forged && refusals.length < opened) return { kind: 'committed', conversation, settled }
      const error = forged ?? refusals[0] ?? new AppError('receipt_invalid')
      return { kind: 'refused', error, settled }
    },
  }
}

async function earlyFailure(turn: RunningTurn, maxMs: number): Promise<EarlyFailure> {
  await turn.arrival(maxMs)
  return turn.outcome?.kind === 'failed' && turn.said() === '' ? turn.outcome : { kind: 'none' }
}

interface Place {
  readonly conversation: Conversation
  readonly id: string
  /** The turn whose place the new one takes; empty when it comes after all others. */
  readonly replaces: string
  readonly request: TurnRequest
}

async function keep(
  running: RunningTurn,
  { conversation, id, replaces, request }: Place,
  save: (conversation: Conversation) => Promise<void>,
): Promise<Finished> {
  const outcome = await running.ended
  if (outcome.kind === 'failed') return outcome
  const { assistant } = outcome.turn
  const turn: SavedTurn = { id, user: request.message, assistant, stopped: false }
  const replacement = replaceTurn(conversation, replaces, turn)
  try {
    await save(
      replacement.kind === 'replaced' ? replacement.conversation : appendTurn(conversation, turn),
    )
    return { kind: 'finished', turn }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

/** Leaving is no error: the turn ends, and its line in the log says why. */
function endWithVisitor(turn: RunningTurn, visitor: AbortSignal): void {
  const leave = (): void => turn.stop(new AppError('visitor_left'))
  if (visitor.aborted) leave()
  else visitor.addEventListener('abort', leave, { once: true })
}

function logEnd(
  { log }: ChatServiceDeps,
  asker: Asker,
  { requestId, streamed, message }: TurnRequest,
  turn: RunningTurn,
  failure: unknown,
): void {
  const { storeOperations } = asker
  const charsIn = message.length
  logTurn(log, { requestId, streamed, charsIn, storeOperations }, turn, failure)
}
