/** Tells the other tabs of this browser what has changed. */

/** `changed`: the server holds another conversation than before; `cleared`: it will be deleted soon; `restored`: it will not. */
export type TabNews = 'changed' | 'cleared' | 'restored'

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('aplly-chat') : null

export function tellTabs(news: TabNews): void {
  channel?.postMessage(news)
}

export function hearTabs(listener: (news: TabNews) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'changed' || data === 'cleared' || data === 'restored') listener(data)
  })
}
