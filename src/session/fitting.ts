/**
 * Makes a conversation fit into a cookie.
 *
 *     it fits                     nothing is done: a normal turn touches no store
 *     it does not                 the oldest turns move to the archive, so many that the rest fills
 *                                 half of the line: there is a while until the next time
 *     the archive takes nothing   the oldest turns are dropped, and counted as forgotten
 *     not even the newest fits    it is cut, visibly
 */

import type { Added } from '../conversation/archive/writing.ts'
import { type Conversation, keepNewest } from '../conversation/conversation.ts'
import type { SavedTurn } from '../conversation/turn.ts'
import { textOf } from '../model/content.ts'

/** A conversation, and the cookie that holds it. */
export interface Sealed {
  /** As the cookie holds it: the oldest turns may be in a segment, or gone and counted. */
  readonly conversation: Conversation
  /** The whole value of the `Set-Cookie` header. */
  readonly line: string
}

export interface FittingOptions {
  /**
   * Makes the cookie, however long it gets; null for what is much too long. One that is short
   * enough without need not be packed.
   */
  readonly seal: (conversation: Conversation, enoughLineBytes: number) => Promise<Sealed | null>
  /** Moves turns to the archive, the oldest first, as many as that takes. */
  readonly move: (conversation: Conversation, turns: readonly SavedTurn[]) => Promise<Added>
  readonly maxLineBytes: number
  /** Longest text that is looked at where a turn has to be cut. */
  readonly maxChars: number
}

export interface Fitting {
  fit(conversation: Conversation): Promise<Sealed>
}

/** Stands where text had to be left out. */
const CUT = '[…]'

export function createFitting({ seal, move, maxLineBytes, maxChars }: FittingOptions): Fitting {
  const fits = (sealed: Sealed | null, maxBytes: number): sealed is Sealed =>
    sealed !== null && sealed.line.length <= maxBytes

  /** The cookie of the greatest size up to `most` that fits; null when not even that of 0 does. */
  async function sealLargest(
    most: number,
    maxBytes: number,
    ofSize: (size: number) => Conversation,
  ): Promise<Sealed | null> {
    let best: Sealed | null = null
    let low = 0
    let high = most
    while (low <= high) {
      const size = Math.floor((low + high) / 2)
      const candidate = await seal(ofSize(size), maxBytes)
      if (fits(candidate, maxBytes)) {
        best = candidate
        low = size + 1
      } else {
        high = size - 1
      }
    }
    return best
  }

  async function moveOldest(conversation: Conversation): Promise<Conversation> {
    const { length } = conversation.turns
    const keeping = (kept: number): Conversation => keepNewest(conversation, kept)
    const half = await sealLargest(length, Math.floor(maxLineBytes / 2), keeping)
    const kept = half?.conversation.turns.length ?? 0
    const moved = conversation.turns.slice(0, length - kept)
    const { segments, count } = await move(conversation, moved)
    return { ...keeping(length - count), segments }
  }

  async function dropOldest(conversation: Conversation): Promise<Sealed> {
    const { turns, forgotten } = conversation
    const dropping = (kept: number): Conversation => ({
      ...keepNewest(conversation, kept),
      forgotten: forgotten + 2 * (turns.length - kept),
    })
    const newest = await sealLargest(turns.length, maxLineBytes, dropping)
    const last = turns.at(-1)
    if (newest && (!last || newest.conversation.turns.length > 0)) return newest
    const cutting = (chars: number): Conversation => ({
      ...dropping(1),
      turns: last ? [cut(last, chars)] : [],
    })
    const sealed = await sealLargest(maxChars, maxLineBytes, cutting)
    if (!sealed) throw new RangeError('Cannot fit an empty conversation into a cookie')
    return sealed
  }

  return {
    async fit(conversation) {
      const whole = await seal(conversation, maxLineBytes)
      if (fits(whole, maxLineBytes)) return whole
      const moved = await moveOldest(conversation)
      const sealed = await seal(moved, maxLineBytes)
      return fits(sealed, maxLineBytes) ? sealed : dropOldest(moved)
    },
  }
}

/** Keeps the beginning of what the visitor said, and the beginning and the end of the reply. */
function cut(turn: SavedTurn, chars: number): SavedTurn {
  const [half, quarter] = [Math.ceil(chars / 2), Math.ceil(chars / 4)]
  const user = textOf(turn.user)
  const { assistant } = turn
  return {
    ...turn,
    user: user.length > half ? `${user.slice(0, half)} ${CUT}` : turn.user,
    assistant:
      assistant.length > half
        ? `${assistant.slice(0, quarter)} ${CUT} ${assistant.slice(assistant.length - quarter)}`
        : assistant,
  }
}
