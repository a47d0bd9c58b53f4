/** What may happen in a schedule of several conversations: the steps of three tabs, and of the store. */

import type { Fault } from '../steps.ts'

interface Request {
  /** Which of the conversations that are there, counted round. */
  readonly which: number
  /** After how many further steps the answer takes effect in the browser. */
  readonly late: number
}

/** One step. */
export type Step =
  | (Request & { readonly do: 'say' | 'stream'; readonly tab: number; readonly chars: number })
  | (Request & { readonly do: 'commit'; readonly tab: number })
  | (Request & { readonly do: 'open' | 'park' | 'delete' | 'reset' })
  /** A new conversation with the turns before one of the page's, counted back from the last. */
  | (Request & { readonly do: 'fork'; readonly back: number })
  /** What the root holds gets an address of its own. */
  | { readonly do: 'new'; readonly late: number }
  | { readonly do: 'restart'; readonly newSecret: boolean }
  | { readonly do: 'fault'; readonly fault: Fault }
