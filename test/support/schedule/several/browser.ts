/**
 * The browser of a schedule of several conversations: one jar, and answers that take effect some steps after they were
 * computed. Requests to one conversation wait for one another, as the page's do; so do those that set the shelf. All others
 * overtake one another.
 */

import { createJar, type Jar } from '../../jar.ts'

/** What requests wait for: a conversation's address, or the shelf. */
export type Lock = string

export const SHELF: Lock = 'the shelf'

interface Late {
  readonly due: number
  readonly locks: readonly Lock[]
  readonly lines: readonly string[]
}

export interface Browser {
  readonly jar: Jar
  /** Answers that hold one of these locks arrive. */
  waitFor(locks: readonly Lock[]): void
  /** The cookies of an answer arrive after so many steps. */
  answerLater(after: number, locks: readonly Lock[], response: Response): void
  /** One step is over: what is due by then arrives. */
  nextStep(): void
  deliverAll(): void
}

export function createBrowser(): Browser {
  const jar = createJar()
  let step = 0
  let late: Late[] = []

  function deliver(isDue: (one: Late) => boolean): void {
    const due = late.filter(isDue)
    late = late.filter((one) => !due.includes(one))
    for (const { lines } of due.sort((a, b) => a.due - b.due))
      for (const line of lines) jar.take(line)
  }

  return {
    jar,
    waitFor: (locks) => deliver((one) => one.locks.some((lock) => locks.includes(lock))),
    answerLater(after, locks, response) {
      late.push({ due: step + after, locks, lines: response.headers.getSetCookie() })
      deliver(({ due }) => due <= step)
    },
    nextStep() {
      step += 1
      deliver(({ due }) => due <= step)
    },
    deliverAll: () => deliver(() => true),
  }
}
