/** The page for errors that leave no chat to show. */

import { Layout } from './layout.tsx'
import type { Texts } from './texts/texts.ts'

export interface ErrorPageProps {
  readonly appName: string
  readonly texts: Texts
  readonly status: number
  readonly sentence: string
  readonly requestId: string
}

export function ErrorPage({ appName, texts, status, sentence, requestId }: ErrorPageProps) {
  return (
    <Layout title={appName} texts={texts}>
      <main class="error-page">
        <p class="status">{status}</p>
        <p dir="auto">{sentence}</p>
        <p>
          <a href="/">{texts.back}</a>
        </p>
        <p class="request">
          {texts.request} {requestId}
        </p>
      </main>
    </Layout>
  )
}
