/**
 * What the page is doing. There is one state, and only `step` changes it; pure.
 *
 *              ask            first word
 *     idle ──────────▶ asking ──────────▶ answering        free: idle, failed
 *      ▲ ▲ ▲             │ ▲                │  │           `send` joins the queue everywhere,
 *      │ │ │             │ └─ restart, once ┘  │           and leaves it when the page is free
 *      │ │ │ unsaid      │ stop           stop │ done
 *      │ │ └──────── stopping ◀────────────────┤
 *      │ │               │ with a checkpoint   │ error
 *      │ │ saved         ▼                     ▼
 *      │ └─────────── saving                 failed ── Try again, Edit ──▶ asking
 *      └───────────────────────── send ────────┘
 *
 * The queue holds what was sent before its turn, in order. It goes by itself after a turn that was
 * answered. After a failure or a Stop it is held: the visitor may not want the rest any more. It
 * goes on with whatever the visitor sends next, also with an empty box or Try again. A message
 * that was stopped before its first word goes back to where it came from: into the box, or to the
 * head of a queue that holds others. A queue that an earlier page left is held, too.
 *
 * The server's page is fetched while the page is free. Each fetch has a number. Whatever changes
 * the conversation raises the number, so that a page of before is never shown.
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

/**
 * How soon after the first word the server sends a first receipt. A Stop before that waits for it.
 */
const FIRST_RECEIPT_MS = 400
/** How long to wait for a server that is being restarted, if it names no time. */
const RESTART_SECONDS = 2
/** If a server asks for a longer wait than this, the visitor decides when to try again. */
const MAX_WAIT_SECONDS = 30

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

/** Does what an input asks for, and then what goes by itself. */
export function step(state: State, input: Input): Step {
  return settle(change(state, input))
}

/** The state with some parts changed. */
function to(state: State, parts: Partial<State>, ...effects: readonly Effect[]): Step {
  return { state: { ...state, ...parts }, effects }
}

function change(state: State, input: Input): Step {
  const { phase, running, queue, page } = state
  switch (input.kind) {
    case 'send':
      return to(state, { isHeld: false, queue: [...queue, input.question] })
    case 'ask':
      // What replaces the last turn goes before what comes after it.
      return mayAsk(state)
        ? to(state, { isHeld: false, queue: [input.question, ...queue] })
        : to(state, {})
    case 'go-on':
      return to(state, { isHeld: false })
    case 'found':
      return to(state, { isHeld: input.isHeld, queue: [...input.queue, ...queue] })
    case 'take-back':
    case 'gone':
      return leave(state, input)
    case 'saved':
      // A turn may be saved late. It then holds nobody up, but pages of before are out of date.
      return to(state, {
        page: page + 1,
        ...(phase === 'saving' && input.turn === state.turns && { phase: 'idle' }),
      })
    case 'refresh':
      return to(state, { page: page + 1, isOutdated: true })
    case 'page':
      return input.number === page && isFree(state)
        ? to(state, { isOutdated: false }, { kind: 'merge', number: page })
        : to(state, {})
    default:
      return running ? run(state, running, input) : to(state, {})
  }
}

type RunningInput = Extract<Input, { kind: 'stop' | 'word' | 'checkpoint' | 'ended' }>

/** What happens to a turn while its reply is on its way. News of an earlier turn are passed over. */
function run(state: State, turn: Turn, input: RunningInput): Step {
  const { phase } = state
  if (input.kind === 'stop') {
    const waitMs = phase === 'answering' && turn.checkpoint === '' ? FIRST_RECEIPT_MS : 0
    return phase === 'stopping'
      ? to(state, {})
      : to(state, { phase: 'stopping' }, { kind: 'abort', waitMs })
  }
  if (input.turn !== turn.number) return to(state, {})
  if (input.kind === 'ended') return end(state, turn, input)
  if (input.kind === 'checkpoint') {
    const running = { ...turn, checkpoint: input.receipt }
    return phase === 'stopping'
      ? to(state, { running }, { kind: 'abort', waitMs: 0 })
      : to(state, { running })
  }
  // The words of a second try take the place of those that had this checkpoint.
  const running = { ...turn, checkpoint: '' }
  return phase === 'asking'
    ? to(state, { phase: 'answering', running }, { kind: 'begin' })
    : to(state, {})
}

type Ended = Extract<Input, { kind: 'ended' }>

function end(state: State, turn: Turn, { ending, box }: Ended): Step {
  const { question, checkpoint } = turn
  const show = (shown: ShownEnding): Effect => ({ kind: 'show', turn, ending: shown })
  const isStopping = state.phase === 'stopping'
  const after = { phase: 'idle', running: null, isHeld: true } as const
  if (ending.kind === 'done' || (ending.kind === 'stopped' && checkpoint !== '')) {
    const saving = { ...after, phase: 'saving', isHeld: isStopping } as const
    return to(state, saving, show(ending), { kind: 'save', turn })
  }
  if (ending.kind === 'failed') {
    const { code, retryAfter } = ending.failure
    const seconds = retryAfter ?? RESTART_SECONDS
    const isRestarting = code === 'shutting_down' && seconds <= MAX_WAIT_SECONDS
    if (!isRestarting || isStopping || turn.isSecondTry) {
      return to(state, { ...after, phase: 'failed' }, show(ending))
    }
    const running = { ...turn, isSecondTry: true }
    const again: Effect = { kind: 'ask-again', turn: running, waitMs: seconds * 1000 }
    return to(state, { phase: 'asking', running }, again)
  }
  if (question.kind === 'edit') {
    return to(state, { ...after, phase: 'failed' }, show({ kind: 'unsaid' }))
  }
  const undone = show({ kind: 'undone' })
  if (question.kind === 'again') return to(state, after, undone)
  if (state.queue.length === 0 && box === 'empty') {
    return to(state, after, undone, ...giveBack(question))
  }
  const queue = [question, ...state.queue]
  return to(state, { ...after, queue }, undone, { kind: 'keep', question })
}

/** Takes a message out of the queue: the visitor wants it back, or another tab has sent it. */
function leave(state: State, { kind, id }: { kind: 'take-back' | 'gone'; id: string }): Step {
  const question = state.queue.find((waiting) => waiting.id === id)
  const queue = state.queue.filter((waiting) => waiting !== question)
  return to(state, { queue }, ...(question && kind === 'take-back' ? giveBack(question) : []))
}

function giveBack(question: Question): readonly Effect[] {
  return [
    { kind: 'forget', question },
    { kind: 'give-back', question },
  ]
}

/** Does what goes by itself now: the next message of the queue, or the fetch of a page. */
function settle({ state, effects }: Step): Step {
  const { queue, isHeld, page } = state
  const [question, ...rest] = queue
  if (question && !isHeld && isFree(state)) {
    const number = state.turns + 1
    const turn = { number, question, checkpoint: '', isSecondTry: false }
    const asking = { phase: 'asking', running: turn, queue: rest, turns: number } as const
    const forget = { kind: 'forget', question } as const
    return to(state, { ...asking, page: page + 1 }, ...effects, forget, { kind: 'ask', turn })
  }
  const held = { isHeld: isHeld && question !== undefined }
  return state.isOutdated && state.fetched !== page && isFree(state)
    ? to(state, { ...held, fetched: page }, ...effects, { kind: 'fetch', number: page })
    : to(state, held, ...effects)
}
