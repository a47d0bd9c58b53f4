/**
 * One turn in the making, from the visitor's message to its outcome. Knows the model only by its
 * port, and no session.
 *
 *     startTurn ──► the model is heard ──► text that waits ──► whoever shows the turn
 *                        │       │         to be taken                │
 *                        │       └── reasoning, usage: figures        └── stop(reason)
 *                        └── outcome: finished or failed, a value
 *
 * The model never waits for whoever shows the turn, and whoever shows it never holds a promise of
 * the model's. A failure is a value from the moment it happens, so it cannot happen while nobody
 * listens. What waits to be taken is bounded by the longest reply of the model.
 */

import { AppError } from '../errors.ts'
import { textOf } from '../model/content.ts'
import type { Finish, Model, ModelEvent, Usage } from '../model/model.ts'
import type { Turn } from './turn.ts'
import { selectWindow } from './window.ts'

export interface TurnOptions {
  readonly model: Model
  readonly systemPrompt: string
  /** Newest messages sent to the model. */
  readonly maxMessages: number
  /** False to get the reply in one piece. */
  readonly stream: boolean
}

export interface FinishedTurn extends Turn {
  readonly finish: Finish
}

/** How a turn ended. A turn that failed leaves no trace in the conversation. */
export type TurnOutcome =
  | { readonly kind: 'finished'; readonly turn: FinishedTurn }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What the log says of a turn. */
export interface TurnFigures {
  /** Milliseconds from the start to the outcome, or until now. */
  readonly ms: number
  /** Milliseconds from the start to the first text; null when there was none. */
  readonly firstWordMs: number | null
  /** Characters of all that the model was given. */
  readonly promptChars: number
  /** Characters that the model said. */
  readonly replyChars: number
  /** Characters that the model reasoned; none of them is in the reply. */
  readonly reasoningChars: number
  /** What the server counted; null when it did not say, or not yet. */
  readonly usage: Usage | null
  /** The model that spoke; the one that was asked until the turn has finished. */
  readonly model: string
  /** Tries after the first. */
  readonly retries: number
}

export interface RunningTurn {
  /** Null while the model speaks. */
  readonly outcome: TurnOutcome | null
  /** Resolves with the outcome. Never rejects. */
  readonly ended: Promise<TurnOutcome>
  /** There is a piece that was not taken, or the outcome. */
  readonly hasNews: boolean
  /** Calls back at each piece and at the outcome, in place of whoever listened before. */
  listen(wake: () => void): void
  /** Waits for news, at most so many milliseconds, in place of whoever listened. Never rejects. */
  arrival(maxMs: number): Promise<void>
  /**
   * The pieces that came since they were last taken. Joined and trimmed, all of them are the reply.
   */
  take(): readonly string[]
  /** The reply so far, trimmed. */
  said(): string
  /**
   * Ends the turn and the model's work, should they not be over. The outcome is then the reason.
   */
  stop(reason: AppError): void
  figures(): TurnFigures
}

/**
 * Asks the model, and goes on until the turn is over, whether anybody looks or not.
 *
 * @param turns the conversation so far, oldest first
 */
export function startTurn(
  turns: readonly Turn[],
  message: string,
  { model, systemPrompt, maxMessages, stream }: TurnOptions,
): RunningTurn {
  const window = selectWindow(systemPrompt, turns, message, maxMessages)
  const startedAt = Date.now()
  const speech = createSpeech(startedAt)
  const work = new AbortController()
  let resolve: (outcome: TurnOutcome) => void = () => {}
  const ended = new Promise<TurnOutcome>((give) => {
    resolve = give
  })
  let speaker = model.name
  let endedMs: number | null = null
  let retries = 0
  let outcome: TurnOutcome | null = null
  let wake = (): void => {}

  function end(how: TurnOutcome): void {
    if (outcome) return
    outcome = how
    endedMs = Date.now() - startedAt
    resolve(how)
    wake()
  }

  async function listenToModel(): Promise<TurnOutcome> {
    try {
      const ending = await model.answer(window, {
        signal: work.signal,
        stream,
        onRetry() {
          retries += 1
        },
        hear(event) {
          // Otherwise it was stopped, and the model has not noticed yet.
          if (!outcome && speech.hear(event)) wake()
        },
      })
      speaker = ending.model
      return finished(message, speech.said(), ending.finish)
    } catch (error) {
      return { kind: 'failed', error }
    }
  }

  void listenToModel().then(end)
  return {
    get outcome() {
      return outcome
    },
    ended,
    get hasNews() {
      return outcome !== null || speech.hasPieces
    },
    listen(call) {
      wake = call
    },
    arrival(maxMs) {
      if (outcome || speech.hasPieces) return Promise.resolve()
      return new Promise((arrived) => {
        const timer = setTimeout(arrived, maxMs)
        wake = () => {
          clearTimeout(timer)
          arrived()
        }
      })
    },
    take: speech.take,
    said: speech.said,
    stop(reason) {
      if (outcome) return
      end({ kind: 'failed', error: reason })
      work.abort(reason)
    },
    figures: () => ({
      ms: endedMs ?? Date.now() - startedAt,
      promptChars: window.reduce((sum, { content }) => sum + textOf(content).length, 0),
      model: speaker,
      retries,
      ...speech.figures(),
    }),
  }
}

/** What the model has said, and what of it waits to be taken. */
interface Speech {
  /** Something waits to be taken. */
  readonly hasPieces: boolean
  /** Takes note of an event. True when it was text. */
  hear(event: ModelEvent): boolean
  take(): readonly string[]
  /** The reply so far, trimmed. */
  said(): string
  figures(): Pick<TurnFigures, 'firstWordMs' | 'replyChars' | 'reasoningChars' | 'usage'>
}

function createSpeech(startedAt: number): Speech {
  let reply = ''
  let pieces: string[] = []
  let firstWordMs: number | null = null
  let reasoningChars = 0
  let usage: Usage | null = null
  return {
    get hasPieces() {
      return pieces.length > 0
    },
    hear(event) {
      switch (event.kind) {
        case 'text':
          firstWordMs ??= Date.now() - startedAt
          reply += event.text
          pieces.push(event.text)
          return true
        case 'reasoning':
          reasoningChars += event.text.length
          return false
        case 'usage':
          usage = event.usage
          return false
      }
    },
    take() {
      const taken = pieces
      pieces = []
      return taken
    },
    said: () => reply.trim(),
    figures: () => ({ firstWordMs, replyChars: reply.length, reasoningChars, usage }),
  }
}

function finished(user: string, assistant: string, finish: Finish): TurnOutcome {
  if (assistant !== '') return { kind: 'finished', turn: { user, assistant, finish } }
  const error = new AppError('model_empty', { detail: 'the model yielded no text' })
  return { kind: 'failed', error }
}
