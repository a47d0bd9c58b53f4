/** Forty conversations in one browser, by cookies alone: all are there after it was started again. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { findFirefox, startFirefox } from '../support/firefox.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'

const COUNT = 40

/** A browser that is started with the same profile each time. */
interface Started {
  goto(url: string): Promise<unknown>
  /** What an expression gives in the page. */
  evaluate(expression: string): Promise<unknown>
  close(): Promise<void>
}

async function startChromium(profile: string): Promise<Started> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser() ?? '',
  })
  const page = await context.newPage()
  return {
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    close: () => context.close(),
  }
}

async function openFirefox(profile: string): Promise<Started> {
  const firefox = await startFirefox(findFirefox() ?? '', profile)
  const tab = await firefox.openTab()
  return {
    goto: (url) => tab.goto(url),
    evaluate: (expression) => tab.evaluate(expression),
    close: () => firefox.close(),
  }
}

/**
 * Begins conversations as the page's form does, one after the other. Each has a reply that fills
 * most of a cookie: the words do not pack.
 */
const begin = `(async () => {
  const chance = () => Array.from(crypto.getRandomValues(new Uint8Array(900)), (byte) => byte.toString(16)).join('')
  for (let i = 0; i < ${COUNT}; i++) {
    const page = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html')
    const { action } = page.querySelector('#composer')
    const body = new URLSearchParams({ message: 'Number ' + i + ' [say:' + chance() + ' end of ' + i + ']' })
    const answer = await fetch(new URL(action, location.href), { method: 'POST', body })
    if (!answer.ok) throw new Error(answer.status + ' at ' + i)
  }
})()`

/** The titles in the list, and of each conversation what stands in its history, from old to new. */
const readAll = `(async () => {
  const { conversations } = await (await fetch('/conversations')).json()
  const found = []
  for (const { id, title } of conversations.reverse()) {
    const { turns, forgotten } = await (await fetch('/c/' + id + '/history')).json()
    const [question, reply] = turns.map(({ content }) => content)
    found.push([title.split(' ').slice(0, 2).join(' '), question.split(' ').slice(0, 2).join(' '), reply.slice(reply.indexOf(' ') + 1), turns.length, forgotten])
  }
  return found.sort(([a], [b]) => Number(a.slice(7)) - Number(b.slice(7)))
})()`

const browsers = [
  { name: 'Chromium', start: startChromium, isThere: findBrowser() !== null },
  { name: 'Firefox', start: openFirefox, isThere: findFirefox() !== null },
].filter(({ isThere }) => isThere)

describe.each(browsers)('forty conversations in $name', ({ start }) => {
  let app: StartedApp
  let profile: string
  beforeAll(async () => {
    // Nothing but cookies: there is no store.
    app = await startOnNode({ HF_MODEL_URL: `${inject('modelServer')}/v1`, DATABASE_PATH: 'off' })
    profile = await mkdtemp(join(tmpdir(), 'browser-'))
  })
  afterAll(async () => {
    await app.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  })

  it('are all there after the browser was started again', { timeout: 90_000 }, async () => {
    const first = await start(profile)
    await first.goto(app.url)
    await first.evaluate(begin)
    await first.close()
    const again = await start(profile)
    await again.goto(app.url)
    const listed = await again.evaluate(`document.querySelectorAll('#list [data-id]').length`)
    expect(listed).toBe(COUNT)
    const expected = Array.from({ length: COUNT }, (_, i) => {
      const name = `Number ${i}`
      return [name, name, `end of ${i}`, 2, 0]
    })
    expect(await again.evaluate(readAll)).toEqual(expected)
    await again.close()
  })
})
