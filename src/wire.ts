/**
 * What travels between the server and whoever calls it: the page's script, curl, another front end.
 * The page's script imports this file and no other of the server's, so it holds types and names
 * only.
 */

/** Answer of `POST /chat`: `{"reply": "Inflation is …"}`, exactly this shape. */
export interface ChatReply {
  readonly reply: string
}

/** Answer of `POST /reset`: `{"status": "reset"}`. */
export interface ResetReply {
  readonly status: 'reset'
}

/** Answer of `POST /chat/commit`: `{"status": "saved"}`. */
export interface CommitReply {
  readonly status: 'saved'
}

/** Answer of what begins a conversation: `{"id": "…"}`, which lives at `/c/<id>`. */
export interface NewReply {
  readonly id: string
}

/**
 * Answer of `GET /conversations`: `{"conversations": [{"id": "…", "title": "Compound interest",
 * "startedAt": "2026-11-23T12:00:00.000Z"}]}`, newest first.
 */
export interface ConversationsReply {
  readonly conversations: readonly {
    readonly id: string
    readonly title: string
    readonly startedAt: string
  }[]
  /** Only while the store cannot tell which others there are. */
  readonly incomplete?: true
}

/**
 * Answer of `GET /history`: `{"turns": [{"role": "user", "content": "Hi", "at":
 * "2026-11-23T12:00:00.000Z"}], "forgotten": 0}`.
 */
export interface HistoryReply {
  /** Oldest first; `at` is when the turn began, and the same for both of its messages. */
  readonly turns: readonly {
    readonly role: string
    readonly content: string
    readonly at: string
    /** Only in the reply of a turn that the visitor stopped. */
    readonly stopped?: true
  }[]
  /** How many earlier messages are no longer remembered. */
  readonly forgotten: number
  /** How many turns exist, but cannot be read at the moment; absent when none. */
  readonly unreadable?: number
}

/** The events of a streamed turn, by name. `done` or `error` is always the last. */
export interface ChatEvents {
  /** A piece of the reply, in order; joined and trimmed they are the reply. */
  readonly token: { readonly text: string }
  /**
   * Only if the request has `"html": true`: a block of the reply, rendered and safe. A later event
   * of a block replaces it.
   */
  readonly html: HtmlBlock
  /**
   * The turn so far, to be committed if the visitor stops. A later receipt of a turn replaces an
   * earlier one.
   */
  readonly checkpoint: { readonly receipt: string }
  /** The whole reply, how it ended, and the receipt that `POST /chat/commit` takes. */
  readonly done: {
    readonly reply: string
    readonly receipt: string
    readonly finish: 'stop' | 'length'
  }
  readonly error: {
    readonly error: string
    readonly code: string
    /** Seconds. */
    readonly retryAfter?: number
    /** True when there were tokens before. */
    readonly partial: boolean
  }
}

/** One event and its name. */
export type ChatEvent = {
  [Name in keyof ChatEvents]: { readonly name: Name; readonly data: ChatEvents[Name] }
}[keyof ChatEvents]

/** An event of a stream, whatever the stream is about. Its data is JSON. */
export interface NamedEvent {
  readonly name: string
  readonly data: object
}

/** Where the events of a stream come from. */
export interface EventSource<Event extends NamedEvent = NamedEvent> {
  /** Milliseconds until there is something to take; 0 when there is, infinite when nobody knows. */
  dueInMs(): number
  /** Calls back when there is something to take earlier than that. */
  listen(wake: () => void): void
  /** All events that are due, in order; perhaps none. Never rejects. */
  take(): Promise<readonly Event[]>
  /** True once the last event was given. */
  readonly ended: boolean
}

/** A top-level block of a reply: a paragraph, a list, a code block. Blocks are numbered from 0. */
export interface HtmlBlock {
  readonly block: number
  readonly html: string
}

/**
 * Every error on every route: `{"error": "Empty message", "code": "empty_message", "requestId":
 * "…"}`.
 */
export interface ErrorReply {
  /** A sentence that tells a person what to do. */
  readonly error: string
  /** One of the codes of `ErrorCode` in `errors.ts`. */
  readonly code: string
  /** Names this request in the server's log. */
  readonly requestId: string
}

/**
 * Response header of every answer that sets the cookie: how many messages the conversation no
 * longer remembers. Absent when none.
 */
export const FORGOTTEN_HEADER = 'X-Forgotten-Messages'

/**
 * Response header of `POST /chat` and `POST /chat/commit`, also of their errors: which of the
 * request's receipts can be thrown away, as their positions in the list, like `0,2`: the cookie
 * that came along held their turns already, or they will never be taken. The others may have been
 * added by this very answer, whose cookie another answer on its way can still overwrite: a caller
 * that keeps them and sends them along once more loses nothing.
 */
export const SETTLED_HEADER = 'X-Settled-Receipts'

/**
 * The words that only the page's script needs, in the page's language. They reach it as `data-`
 * attributes of one template, so their names are in lower case.
 */
export interface ScriptTexts {
  readonly thinking: string
  /** After some seconds without a word. */
  readonly waiting: string
  /** What a screen reader hears when an answer begins. */
  readonly generating: string
  readonly send: string
  readonly stop: string
  readonly copied: string
  /** Why no reply is there although nobody failed. */
  readonly unsaid: string
  /** The reply reached the longest length that the model may give. */
  readonly cut: string
  readonly cleared: string
  readonly offline: string
  readonly unreachable: string
  /** 429 of a proxy in front of the server. */
  readonly busy: string
  /** 401 or 403 of a proxy. */
  readonly barred: string
  /** While the page waits for a server that is being restarted. */
  readonly restarting: string
  readonly senseless: string
  readonly silent: string
  readonly broken: string
  /** Goes before the reason why the conversation was not cleared. */
  readonly kept: string
  /** `{n}` stands for the seconds until another try makes sense. */
  readonly again: string
  readonly shown: string
}
