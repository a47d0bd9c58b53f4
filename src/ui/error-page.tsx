/** The page for errors that leave no chat to show. */

import { Layout } from './layout.tsx'

export interface ErrorPageProps {
  readonly appName: string
  readonly status: number
  readonly sentence: string
  readonly requestId: string
}

export function ErrorPage({ appName, status, sentence, requestId }: ErrorPageProps) {
  return (
    <Layout title={appName}>
      <main class="error-page">
        <p class="status">{status}</p>
        <p>{sentence}</p>
        <p>
          <a href="/">Back to the chat</a>
        </p>
        <p class="request">Request {requestId}</p>
      </main>
    </Layout>
  )
}
