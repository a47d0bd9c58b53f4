/**
 * Makes the events that the reader gets of the pieces that the server sends: text through the
 * protocol's filter, reasoning apart from it, nothing beyond the longest reply.
 */

import type { TextFilter } from '../filters/filter.ts'
import type { ModelEvent } from '../model.ts'
import type { Piece } from '../protocols/protocol.ts'

/** Longest reply, in characters. What follows is cut off, and the reply counts as cut by length. */
export const MAX_REPLY_CHARS = 64_000
/** Longest text that a model may write, an echo of the prompt and reasoning in it included. */
const MAX_WRITTEN_CHARS = 1024 * 1024

export interface Reply {
  /** All that came was white space, or nothing. */
  readonly isBlank: boolean
  /** The model has said all that belongs to the reply, whatever follows. */
  readonly isWhole: boolean
  /** The reply is whole or as long as it may be: the model need not go on. */
  readonly isOver: boolean
  /** Takes the next piece. Gives what it adds, reasoning before text. */
  hear(piece: Piece): readonly ModelEvent[]
  /** Gives what was held back and belongs to the reply after all. */
  end(): readonly ModelEvent[]
}

/**
 * Starts an empty reply.
 *
 * @param createFilter is called at the first text, when it is certain what the model was sent
 */
export function createReply(
  createFilter: (hearReasoning: (text: string) => void) => TextFilter,
): Reply {
  let filter: TextFilter | null = null
  let reasoning = ''
  let room = MAX_REPLY_CHARS
  let written = 0
  let isBlank = true

  /** The events of all reasoning since the last call, and of some text. */
  function eventsOf(text: string): readonly ModelEvent[] {
    const events: ModelEvent[] = []
    if (reasoning !== '') events.push({ kind: 'reasoning', text: reasoning })
    reasoning = ''
    const said = text.slice(0, room)
    room -= said.length
    if (isBlank) isBlank = said.trim() === ''
    if (said !== '') events.push({ kind: 'text', text: said })
    return events
  }

  return {
    get isBlank() {
      return isBlank
    },
    get isWhole() {
      return filter?.done ?? false
    },
    get isOver() {
      return room === 0 || written >= MAX_WRITTEN_CHARS || (filter?.done ?? false)
    },
    hear(piece) {
      reasoning += piece.reasoning
      if (piece.text === '') return eventsOf('')
      written += piece.text.length
      filter ??= createFilter((text) => {
        reasoning += text
      })
      return eventsOf(filter.push(piece.text))
    },
    end: () => eventsOf(filter?.end() ?? ''),
  }
}
