/** What turns the text that a model writes into the reply, while it is being written. */

export interface TextFilter {
  /**
   * Takes the next piece and gives back what is certain to belong to the reply. What could still
   * become something that is cut away is held back, and nothing else.
   */
  push(text: string): string
  /** Gives back what was held and turned out to belong to the reply. */
  end(): string
  /** True once nothing that follows can belong to the reply: the model need not go on. */
  readonly done: boolean
}

/** Lets text run through several filters in order. */
export function chain(filters: readonly TextFilter[]): TextFilter {
  const through = (text: string, from: number): string =>
    filters.slice(from).reduce((rest, filter) => filter.push(rest), text)
  return {
    push: (text) => through(text, 0),
    end: () => filters.map((filter, i) => through(filter.end(), i + 1)).join(''),
    get done() {
      return filters.some(({ done }) => done)
    },
  }
}
