/** The page for errors that leave no chat to show. */

import { PlainBar } from './bar.tsx'
import { NO_PREFERENCES } from './choices.ts'
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
    <Layout appName={appName} title="" texts={texts} preferences={NO_PREFERENCES} unlisted>
      <PlainBar appName={appName} texts={texts} />
      <main class="gate">
        <h1>{status}</h1>
        <p dir="auto">{sentence}</p>
        <a class="button main" href="/">
          {texts.back}
        </a>
        <p class="quiet">
          {texts.request} <bdi>{requestId}</bdi>
        </p>
      </main>
    </Layout>
  )
}
