/**
 * Makes the events that are heard of the pieces that the server sends: text through the
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
  /**
   * Takes the next piece and tells what it adds, reasoning before text. It has enough once the
   * reply is whole or as long as it may be.
   */
  hear(piece: Piece): 'more' | 'enough'
  /** Tells what was held back and belongs to the reply after all. */
  end(): void
}

/**
 * Starts an empty reply.
 *
 * @param createFilter is called at the first text, when it is certain what the model was sent
 * @param tell is called with each event
 */
export function createReply(
  createFilter: (hearReasoning: (text: string) => void) => TextFilter,
  tell: (event: ModelEvent) => void,
): Reply {
  let filter: TextFilter | null = null
  let reasoning = ''
  let room = MAX_REPLY_CHARS
  let written = 0
  let isBlank = true

  /** Tells all reasoning since the last call, and some text. */
  function say(text: string): void {
    if (reasoning !== '') tell({ kind: 'reasoning', text: reasoning })
    reasoning = ''
    const said = text.slice(0, room)
    room -= said.length
    if (isBlank) isBlank = said.trim() === ''
    if (said !== '') tell({ kind: 'text', text: said })
  }

  return {
    get isBlank() {
      return isBlank
    },
    get isWhole() {
      return filter?.done ?? false
    },
    hear(piece) {
      reasoning += piece.reasoning
      if (piece.text === '') {
        say('')
        return 'more'
      }
      written += piece.text.length
      filter ??= createFilter((text) => {
        reasoning += text
      })
      say(filter.push(piece.text))
      return room === 0 || written >= MAX_WRITTEN_CHARS || filter.done ? 'enough' : 'more'
    },
    end: () => say(filter?.end() ?? ''),
  }
}
