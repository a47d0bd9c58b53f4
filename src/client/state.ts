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

export type Phase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' | 'answering' | 'stopping' | 'failed'; readonly turn: Turn }
  /** `next`: Try again or Edit, pressed while the turn is being saved. */
  | { readonly kind: 'saving'; readonly turn: Turn; readonly next: Question | null }

export interface State {
  readonly phase: Phase
  readonly queue: readonly Question[]
  readonly isHeld: boolean
  /** How many turns were asked here. */
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
  phase: { kind: 'idle' },
  queue: [],
  isHeld: false,
  turns: 0,
  page: 0,
  fetched: -1,
  isOutdated: false,
}

export function isFree({ phase }: State): boolean {
  return phase.kind === 'idle' || phase.kind === 'failed'
}

/** The turn whose reply is on its way, if there is one. */
export function runningTurn({ phase }: State): Turn | null {
  return 'turn' in phase && phase.kind !== 'failed' && phase.kind !== 'saving' ? phase.turn : null
}

/** Whether Try again and Edit are heard. */
export function mayAsk(state: State): boolean {
  return runningTurn(state) === null
}

export function step(state: State, input: Input): Step {
  const { phase, queue } = state
  const turn = runningTurn(state)
  switch (input.kind) {
    case 'send':
      return settle({ ...state, isHeld: false, queue: [...queue, input.question] })
    case 'go-on':
      return settle({ ...state, isHeld: false })
    case 'found':
      return settle({ ...state, isHeld: input.isHeld, queue: [...input.queue, ...queue] })
    case 'ask':
      if (isFree(state)) return begin(state, input.question)
      return settle(
        phase.kind === 'saving' ? { ...state, phase: { ...phase, next: input.question } } : state,
      )
    case 'take-back':
    case 'gone':
      return leave(state, input)
    case 'saved':
      return saved({ ...state, page: state.page + 1 }, input.turn)
    case 'refresh':
      return settle({ ...state, page: state.page + 1, isOutdated: true })
    case 'page':
      if (input.number !== state.page || !isFree(state)) return settle(state)
      return settle({ ...state, isOutdated: false }, [{ kind: 'merge', number: input.number }])
    default:
      return turn ? run(state, turn, input) : settle(state)
  }
}

type RunningInput = Extract<Input, { kind: 'stop' | 'word' | 'checkpoint' | 'ended' }>

/** What happens to a turn while its reply is on its way. News of an earlier turn are passed over. */
function run(state: State, turn: Turn, input: RunningInput): Step {
  const { kind } = state.phase
  if (input.kind === 'stop') {
    if (kind === 'stopping') return settle(state)
    const waitMs = kind === 'answering' && turn.checkpoint === '' ? FIRST_RECEIPT_MS : 0
    return settle({ ...state, phase: { kind: 'stopping', turn } }, [{ kind: 'abort', waitMs }])
  }
  if (input.turn !== turn.number) return settle(state)
  if (input.kind === 'ended') return end(state, turn, input)
  if (input.kind === 'word') {
    // The words of a second try take the place of those that had this checkpoint.
    const phase: Phase = { kind: 'answering', turn: { ...turn, checkpoint: '' } }
    return settle(kind === 'asking' ? { ...state, phase } : state)
  }
  const told = { ...turn, checkpoint: input.receipt }
  if (kind !== 'stopping') return settle({ ...state, phase: { kind: 'answering', turn: told } })
  return settle({ ...state, phase: { kind, turn: told } }, [{ kind: 'abort', waitMs: 0 }])
}

function end(state: State, turn: Turn, { ending, box }: Extract<Input, { kind: 'ended' }>): Step {
  const { question, checkpoint } = turn
  const isStopping = state.phase.kind === 'stopping'
  const show = (shown: ShownEnding): Effect => ({ kind: 'show', turn, ending: shown })
  const held = { ...state, isHeld: true }
  if (ending.kind === 'done' || (ending.kind === 'stopped' && checkpoint !== '')) {
    const saving = {
      ...state,
      isHeld: isStopping,
      phase: { kind: 'saving', turn, next: null },
    } as const
    return settle(saving, [show(ending), { kind: 'save', turn }])
  }
  if (ending.kind === 'failed') {
    const { code, retryAfter } = ending.failure
    const seconds = retryAfter ?? RESTART_SECONDS
    if (code !== 'shutting_down' || isStopping || turn.isSecondTry || seconds > MAX_WAIT_SECONDS) {
      return settle({ ...held, phase: { kind: 'failed', turn } }, [show(ending)])
    }
    const again = { ...turn, isSecondTry: true }
    return settle({ ...state, phase: { kind: 'asking', turn: again } }, [
      { kind: 'ask-again', turn: again, waitMs: seconds * 1000 },
    ])
  }
  if (question.kind === 'edit') {
    return settle({ ...held, phase: { kind: 'failed', turn } }, [show({ kind: 'unsaid' })])
  }
  const idle: State = { ...held, phase: { kind: 'idle' } }
  const undone = show({ kind: 'undone' })
  if (question.kind === 'again') return settle(idle, [undone])
  if (state.queue.length === 0 && box === 'empty') {
    return settle(idle, [undone, ...giveBack(question)])
  }
  return settle({ ...idle, queue: [question, ...state.queue] }, [
    undone,
    { kind: 'keep', question },
  ])
}

/** Takes a message out of the queue: the visitor wants it back, or another tab has sent it. */
function leave(state: State, { kind, id }: { kind: 'take-back' | 'gone'; id: string }): Step {
  const question = state.queue.find((waiting) => waiting.id === id)
  const rest = { ...state, queue: state.queue.filter((waiting) => waiting !== question) }
  if (!question || kind === 'gone') return settle(rest)
  return settle(rest, giveBack(question))
}

function giveBack(question: Question): readonly Effect[] {
  return [
    { kind: 'forget', question },
    { kind: 'give-back', question },
  ]
}

/** A turn may be saved late. It then holds nobody up, but pages of before are out of date. */
function saved(state: State, turn: number): Step {
  const { phase } = state
  if (phase.kind !== 'saving' || phase.turn.number !== turn) return settle(state)
  const idle: State = { ...state, phase: { kind: 'idle' } }
  return phase.next ? begin(idle, phase.next) : settle(idle)
}

function begin(state: State, question: Question, before: readonly Effect[] = []): Step {
  const number = state.turns + 1
  const turn: Turn = { number, question, checkpoint: '', isSecondTry: false }
  return {
    state: {
      ...state,
      phase: { kind: 'asking', turn },
      isHeld: false,
      turns: number,
      page: state.page + 1,
    },
    effects: [...before, { kind: 'forget', question }, { kind: 'ask', turn }],
  }
}

/** Does what goes by itself now: the next message of the queue, or the fetch of a page. */
function settle(state: State, effects: readonly Effect[] = []): Step {
  const { queue, page } = state
  const [first, ...rest] = queue
  if (first && !state.isHeld && isFree(state)) {
    return begin({ ...state, queue: rest }, first, effects)
  }
  const next = { ...state, isHeld: state.isHeld && first !== undefined }
  if (!state.isOutdated || state.fetched === page || !isFree(state)) return { state: next, effects }
  return {
    state: { ...next, fetched: page },
    effects: [...effects, { kind: 'fetch', number: page }],
  }
}
