/** A page of another site that the owner allowed, in real browsers: `http://localhost:PORT` calls the app at `http://127.0.0.1:PORT`. */

import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { findFirefox, startFirefox } from '../support/firefox.ts'
import { type Listening, listen } from '../support/listen.ts'
import { type StartApp, type StartedApp, startOnNode, startOnWorkers } from '../support/start.ts'

const firefox = findFirefox()

/** Opens the other site's page in a browser of its own, which closes with it. */
interface OtherPage {
  evaluate(expression: string): Promise<unknown>
  close(): Promise<void>
}

async function openInChromium(url: string): Promise<OtherPage> {
  const browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
  const page = await browser.newPage()
  await page.goto(url)
  return { evaluate: (expression) => page.evaluate(expression), close: () => browser.close() }
}

async function openInFirefox(url: string): Promise<OtherPage> {
  const browser = await startFirefox(firefox ?? '')
  const tab = await browser.openTab()
  await tab.goto(url)
  return { evaluate: tab.evaluate, close: browser.close }
}

const runtimes: [string, StartApp][] = [
  ['Node', startOnNode],
  ['Workers', startOnWorkers],
]
const browsers: [string, typeof openInChromium][] = [
  ['chromium', openInChromium],
  ...(firefox ? [['Firefox', openInFirefox] satisfies [string, typeof openInChromium]] : []),
]

describe.each(runtimes)("another site's page and the app on %s", (_runtime, start) => {
  let site: Listening
  let app: StartedApp
  let origin: string
  beforeAll(async () => {
    const server = createServer((_request, response) => {
      response
        .setHeader('Content-Type', 'text/html')
        .end('<!DOCTYPE html><title>Another site</title>')
    })
    site = await listen(server)
    origin = site.url.replace('127.0.0.1', 'localhost')
    app = await start({ HF_MODEL_URL: `${inject('modelServer')}/v1`, CORS_ORIGINS: origin })
  })
  afterAll(async () => {
    await app.close()
    await site.close()
  })

  /** A request with the visitor's cookie, as README shows it. */
  const call = (path: string, body: object) =>
    `fetch('${app.url}${path}', {
      method: 'POST',
      credentials: 'include',
      headers: { 'Content-Type': 'application/json' },
      body: '${JSON.stringify(body)}',
    }).then((response) => response.json())`
  const history = () =>
    `fetch('${app.url}/history', { credentials: 'include' })
      .then((response) => response.json())
      .then(({ turns }) => turns.map(({ content }) => content))`

  it.each(browsers)(
    'remember each other in %s, until a reset',
    { timeout: 60_000 },
    async (_name, open) => {
      const page = await open(`${origin}/`)
      try {
        await page.evaluate(call('/chat', { message: '[say:First]' }))
        await page.evaluate(call('/chat', { message: '[say:Second]' }))
        const all = ['[say:First]', 'First', '[say:Second]', 'Second']
        expect(await page.evaluate(history())).toEqual(all)
        await page.evaluate(call('/reset', {}))
        expect(await page.evaluate(history())).toEqual([])
      } finally {
        await page.close()
      }
    },
  )
})
