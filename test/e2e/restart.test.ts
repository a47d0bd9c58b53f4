/** Two processes behind a proxy, one of which goes while a reply is on its way. */

import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { type Front, startFront } from '../support/front.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'
import { ask, begun, bubbles, button, ended, eventually, log, say } from './visit.ts'

/** Words of the reply, which takes longer than a process may take to stop. */
const WORDS = 80
const SETTINGS = { HF_MODEL_URL: `${inject('modelServer')}/v1`, SHUTDOWN_SECONDS: '1' }

describe('a process that goes in the middle of a reply', () => {
  let browser: Browser
  let next: StartedApp
  let going: StartedApp
  let front: Front
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
    next = await startOnNode(SETTINGS)
  })
  afterAll(async () => {
    await browser.close()
    await next.close()
  })

  /** A visitor in the middle of their second turn, whose next requests go to the next process. */
  async function visitInTheMiddle(): Promise<Page> {
    going = await startOnNode(SETTINGS)
    front = await startFront(going.url)
    const page = await browser.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(front.url)
    await say(page, 'first')
    await ask(page, `[count:${WORDS}] [every:60]`)
    await begun(page)
    await eventually(async () => (await bubbles(page))[3]?.split(' ').length).toBeGreaterThan(5)
    front.leadTo(next.url)
    return page
  }

  async function leave(page: Page): Promise<void> {
    await page.close()
    await front.close()
  }

  it('takes nothing that was said, and the next one is asked by Try again', {
    timeout: 60_000,
  }, async () => {
    const page = await visitInTheMiddle()
    await going.crash()
    await ended(page)
    const [, , , kept, error] = await bubbles(page)
    expect(kept?.split(' ').length).toBeGreaterThan(5)
    expect(error).toContain('broke off')
    await button(page, 'Try again').click()
    await ended(page)
    const all = await bubbles(page)
    expect(all).toHaveLength(4)
    expect(all[3]?.split(' ')).toHaveLength(WORDS)
    await page.reload()
    expect(await bubbles(page)).toEqual(all)
    await leave(page)
  })

  it('says so, and the page asks the next one by itself', { timeout: 60_000 }, async () => {
    const page = await visitInTheMiddle()
    const stopped = going.close()
    await log(page).getByText('The server is being restarted').waitFor()
    await ended(page)
    await stopped
    const all = await bubbles(page)
    expect(all).toHaveLength(4)
    expect(all[3]?.split(' ')).toHaveLength(WORDS)
    await page.reload()
    expect(await bubbles(page)).toEqual(all)
    await leave(page)
  })
})
