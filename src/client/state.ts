/**
 * What the page is doing: one state, what happens to it, and what is to be done then. `step.ts`
 * changes it.
 */

/** What is asked. Try again and Edit replace the last turn. */
export interface Question {
  /** Names it in the browser's store while it waits. */
  readonly id: string
  readonly message: string
  readonly kind: 'new' | 'again' | 'edit'
}

export interface Failure {
  readonly sentence: string
  /** Seconds until another try makes sense; null when nobody knows. */
  readonly retryAfter: number | null
  /** The server's own code for the failure; empty when the server did not name one. */
  readonly code: string
}

export type Ending =
  | {
      readonly kind: 'done'
      readonly reply: string
      readonly receipt: string
      readonly cut: boolean
    }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' }

/**
 * `unsaid`: the visitor stopped a changed question before the answer began. `undone`: the turn goes
 * from the thread, as if it had not been asked.
 */
export type ShownEnding = Ending | { readonly kind: 'unsaid' | 'undone' }

export interface Turn {
  readonly number: number
  readonly question: Question
  /** Receipt of the turn so far; empty before the first one. */
  readonly checkpoint: string
  /** A server that was stopping has broken it off, and the next one was asked. */
  readonly isSecondTry: boolean
}

export interface State {
  readonly phase: 'idle' | 'asking' | 'answering' | 'stopping' | 'saving' | 'failed'
  /** The turn whose reply is on its way: while asking, answering and stopping. */
  readonly running: Turn | null
  readonly queue: readonly Question[]
  readonly isHeld: boolean
  /** How many turns were asked here. It is also the number of the last one. */
  readonly turns: number
  /** Number of the page that may be shown. */
  readonly page: number
  /** Number of the page that was fetched last. */
  readonly fetched: number
  /** The server may hold something else than what is shown. */
  readonly isOutdated: boolean
}

export type Input =
  | { readonly kind: 'send' | 'ask'; readonly question: Question }
  | { readonly kind: 'go-on' | 'refresh' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'word'; readonly turn: number }
  | { readonly kind: 'saved'; readonly turn: number }
  | { readonly kind: 'checkpoint'; readonly turn: number; readonly receipt: string }
  | {
      readonly kind: 'ended'
      readonly turn: number
      readonly ending: Ending
      readonly box: 'empty' | 'full'
    }
  | { readonly kind: 'take-back' | 'gone'; readonly id: string }
  /** What an earlier page left. */
  | { readonly kind: 'found'; readonly queue: readonly Question[]; readonly isHeld: boolean }
  | { readonly kind: 'page'; readonly number: number }

export type Effect =
  | { readonly kind: 'ask'; readonly turn: Turn }
  | { readonly kind: 'ask-again'; readonly turn: Turn; readonly waitMs: number }
  | { readonly kind: 'abort'; readonly waitMs: number }
  | { readonly kind: 'show'; readonly turn: Turn; readonly ending: ShownEnding }
  | { readonly kind: 'save'; readonly turn: Turn }
  /** A conversation that has a reply has an address. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'give-back' | 'keep' | 'forget'; readonly question: Question }
  | { readonly kind: 'fetch' | 'merge'; readonly number: number }

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export const START: State = {
  phase: 'idle',
  running: null,
  queue: [],
  isHeld: false,
  turns: 0,
  page: 0,
  fetched: -1,
  isOutdated: false,
}

/** Whether the next message may go. */
export function isFree({ phase }: State): boolean {
  return phase === 'idle' || phase === 'failed'
}

/** Whether Try again and Edit are heard. One of them may wait until a turn is saved. */
export function mayAsk({ running, queue: [first] }: State): boolean {
  return running === null && (first === undefined || first.kind === 'new')
}
