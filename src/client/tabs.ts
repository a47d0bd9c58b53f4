/** Tells the other tabs of this browser what has changed. */

/**
 * `changed`: the server holds another conversation than before. `cleared`: it will be deleted soon.
 * `restored`: it will not be deleted after all.
 */
export type TabNews = 'changed' | 'cleared' | 'restored'

const channel = openChannel()

export function tellTabs(news: TabNews): void {
  channel?.postMessage(news)
}

export function hearTabs(listener: (news: TabNews) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'changed' || data === 'cleared' || data === 'restored') listener(data)
  })
}

/** Null where the browser has no channels, or forbids them together with cookies. */
function openChannel(): BroadcastChannel | null {
  try {
    return new BroadcastChannel('aplly-chat')
  } catch {
    return null
  }
}
