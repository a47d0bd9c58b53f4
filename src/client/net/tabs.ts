/** Tells the other tabs of this browser what has changed. */

import { base } from './base.ts'

export interface TabNews {
  /** The conversation that has changed. */
  readonly base: string
  /**
   * `turns`: it has other turns than before. `list`: it has begun, or has another title.
   * `deleted`: it is gone.
   */
  readonly what: 'turns' | 'list' | 'deleted'
}

const channel = openChannel()

export function tellTabs(what: TabNews['what'], of = base): void {
  channel?.postMessage({ base: of, what } satisfies TabNews)
}

export function hearTabs(listener: (news: TabNews) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isNews(data)) listener(data)
  })
}

/** A tab that was opened before the server was renewed may say something else. */
function isNews(data: unknown): data is TabNews {
  return typeof data === 'object' && data !== null && 'base' in data && 'what' in data
}

/** Null where the browser has no channels, or forbids them together with cookies. */
function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel('aplly-chat')
  } catch {
    return null
  }
}
