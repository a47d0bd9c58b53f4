/**
 * The browser of a schedule: one cookie jar, and the receipts that each tab holds. An answer takes effect some steps
 * after it was computed, as answers do that overtake one another.
 */

import type { Cookie, HeldReceipt } from './ledger.ts'
import { TABS } from './steps.ts'

interface Late {
  readonly due: number
  readonly arrive: () => void
}

export interface Browser {
  readonly jar: Cookie | null
  /** The number of the step that is taken now. */
  readonly step: number
  /** Every receipt that any tab ever had. */
  readonly everHeld: readonly HeldReceipt[]
  /** The receipts that a tab has not heard to be settled. */
  held(tab: number): readonly HeldReceipt[]
  /** Gives a receipt to a tab after so many steps. */
  giveLater(after: number, tab: number, receipt: HeldReceipt): void
  /** An answer arrives after so many steps: its cookie, if it set one, and the receipts that it settled. */
  answerLater(after: number, answer: Answer): void
  /** One step is over: what is due by then arrives. */
  nextStep(): void
  /** All that is on its way arrives. */
  deliverAll(): void
}

export interface Answer {
  /** The cookie that the answer has set; `unchanged` when it has set none. */
  readonly cookie: Cookie | null | 'unchanged'
  readonly tab: number
  readonly sent: readonly HeldReceipt[]
  /** Positions in `sent`. */
  readonly settled: readonly number[]
}

export function createBrowser(): Browser {
  const tabs: HeldReceipt[][] = Array.from({ length: TABS }, () => [])
  const everHeld: HeldReceipt[] = []
  let jar: Cookie | null = null
  let step = 0
  let late: Late[] = []

  const held = (tab: number): HeldReceipt[] => tabs[tab] ?? []
  const later = (after: number, arrive: () => void): void => {
    late.push({ due: step + after, arrive })
  }

  function deliver(isDue: (one: Late) => boolean): void {
    const due = late.filter(isDue).sort((a, b) => a.due - b.due)
    late = late.filter((one) => !due.includes(one))
    for (const { arrive } of due) arrive()
  }

  return {
    get jar() {
      return jar
    },
    get step() {
      return step
    },
    everHeld,
    held,
    giveLater(after, tab, receipt) {
      everHeld.push(receipt)
      later(after, () => void held(tab).push(receipt))
    },
    answerLater(after, { cookie, tab, sent, settled }) {
      later(after, () => {
        if (cookie !== 'unchanged') jar = cookie
        const done = sent.filter((_, i) => settled.includes(i))
        tabs[tab] = held(tab).filter((one) => !done.includes(one))
      })
    },
    nextStep() {
      step += 1
      deliver(({ due }) => due <= step)
    },
    deliverAll: () => deliver(() => true),
  }
}
