/** What may happen in a schedule: the steps of three tabs, their visitor, the clock and the store. */

/** The tabs of the one browser. They share its cookie jar. */
export const TABS = 3

/** What is wrong with the store. A fault lasts until the next one is set. */
export type Fault =
  | 'none'
  | 'refuses writes'
  | 'refuses reads'
  | 'finds nothing'
  | 'damages'
  | 'is away'

/** Which receipts of a streamed turn reach the tab: a stopped turn leaves a checkpoint only. */
export type StreamEnd = 'done' | 'stopped' | 'both'

/** One step. `late` says after how many further steps the answer takes effect in the browser. */
export type Step =
  | {
      readonly do: 'say'
      readonly tab: number
      readonly chars: number
      readonly replaces: boolean
      readonly late: number
    }
  | {
      readonly do: 'stream'
      readonly tab: number
      readonly chars: number
      readonly replaces: boolean
      readonly end: StreamEnd
      readonly late: number
    }
  | { readonly do: 'commit'; readonly tab: number; readonly late: number }
  /** Commits what some tab once had, perhaps of an older conversation, perhaps forged. */
  | {
      readonly do: 'replay'
      readonly tab: number
      readonly which: number
      readonly forged: boolean
      readonly late: number
    }
  | { readonly do: 'reset'; readonly tab: number; readonly late: number }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'restart'; readonly newSecret: boolean }
  | { readonly do: 'fault'; readonly fault: Fault }
