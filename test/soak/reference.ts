/** A conversation as its visitor saw it, and whether the app remembers it so. Pure. */

import type { HistoryReply } from '../../src/wire.ts'

export interface SeenTurn {
  readonly mark: string
  readonly user: string
  /** All of the reply; of a stopped one what had been read when its checkpoint came. */
  readonly assistant: string
  /** All that the model would have said. */
  readonly whole: string
  readonly stopped: boolean
}

export interface HeldReceipt {
  readonly token: string
  readonly turn: SeenTurn
  /** The number of the conversation that it was made for. */
  readonly conversation: number
}

export interface Reference {
  /** The number of the conversation that the cookie holds; 0 before the first. */
  readonly conversation: number
  readonly turns: readonly SeenTurn[]
  /** A cookie of an empty conversation came. */
  begin(): void
  /** A cookie with one more turn came. */
  add(turn: SeenTurn): void
  /**
   * An answer came to a request with receipts.
   *
   * @param settled positions of the receipts of which the answer says that they can be thrown away
   * @param tookCookie whether it set a cookie; otherwise nothing was added
   * @returns what is wrong with it; empty if nothing is
   */
  merge(sent: readonly HeldReceipt[], settled: readonly number[], tookCookie: boolean): string
  /** What is wrong with a history; empty if nothing is. */
  compare(history: HistoryReply): string
}

/** A cookie knows the newest turns that left it by their ids, so many of them; of an older receipt it cannot tell. */
const REMEMBERED = 8

export function createReference(): Reference {
  let conversation = 0
  let turns: SeenTurn[] = []

  function take(receipt: HeldReceipt): void {
    const at = turns.findIndex(({ mark }) => mark === receipt.turn.mark)
    const known = turns[at]
    if (!known) turns.push(receipt.turn)
    else if (saysMore(receipt.turn, known)) turns[at] = receipt.turn
  }

  return {
    get conversation() {
      return conversation
    },
    get turns() {
      return turns
    },
    begin() {
      conversation += 1
      turns = []
    },
    add(turn) {
      turns.push(turn)
    },
    merge(sent, settled, tookCookie) {
      const before = new Set(turns.map(({ mark }) => mark))
      for (const [position, receipt] of sent.entries()) {
        const isOwn = receipt.conversation === conversation
        if (settled.includes(position)) {
          if (isOwn && !before.has(receipt.turn.mark) && turns.length <= REMEMBERED) {
            return 'a receipt was refused that is not too old'
          }
        } else if (!isOwn) return 'a receipt of another conversation was not refused'
        else if (tookCookie) take(receipt)
      }
      return ''
    },
    compare({ turns: entries, forgotten, unreadable = 0 }) {
      if (forgotten > 0) return `${forgotten} messages are forgotten`
      if (unreadable > 0) return `${unreadable} turns cannot be read`
      if (entries.length !== 2 * turns.length) {
        return `${entries.length} messages are there instead of ${2 * turns.length}`
      }
      for (const [i, turn] of turns.entries()) {
        const [user, assistant] = entries.slice(2 * i, 2 * i + 2)
        const where = `turn ${i + 1} of ${turns.length}`
        if (user?.role !== 'user' || user.content !== turn.user)
          return `${where} is another message`
        if (assistant?.role !== 'assistant') return `${where} has no reply`
        if ((assistant.stopped === true) !== turn.stopped) return `${where} is wrong about its stop`
        if (!isReply(assistant.content, turn)) return `${where} has another reply`
      }
      return ''
    },
  }
}

function saysMore(turn: SeenTurn, known: SeenTurn): boolean {
  return known.stopped && (!turn.stopped || turn.assistant.length > known.assistant.length)
}

/** A checkpoint holds at least what was read before it came. */
function isReply(content: string, { assistant, whole, stopped }: SeenTurn): boolean {
  if (!stopped) return content === assistant
  return content !== '' && content.startsWith(assistant) && whole.startsWith(content)
}
