/** One whole conversation in a real browser, as one suite for every runtime. */

import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { recorded } from '../support/recorded.ts'
import type { StartApp, StartedApp } from '../support/start.ts'

const server = inject('modelServer')

export function describeConversation(runtime: string, start: StartApp): void {
  describe(`the page on ${runtime}`, () => {
    let browser: Browser
    let demo: StartedApp
    let faulty: StartedApp
    const complaints: string[] = []

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
      demo = await start({})
      faulty = await start({ HF_MODEL_URL: `${server}/v1`, TIMEOUT_MS: '800' })
    })
    afterAll(async () => {
      await browser.close()
      await Promise.all([demo.close(), faulty.close()])
      // Also what the Content-Security-Policy stopped is a complaint of the browser's.
      expect(complaints).toEqual([])
    })

    async function open(url: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        const expected = message.text().startsWith('Failed to load resource')
        if (message.type() === 'error' && !expected) complaints.push(message.text())
      })
      await page.goto(url)
      return page
    }

    const box = (page: Page) => page.getByRole('textbox', { name: 'Message' })
    const log = (page: Page) => page.getByRole('log', { name: 'Conversation' })
    const button = (page: Page, name: string) => page.getByRole('button', { name })
    const bubbles = (page: Page) => log(page).locator('.message .text').allTextContents()
    async function say(page: Page, text: string): Promise<void> {
      const before = (await bubbles(page)).length
      await box(page).fill(text)
      await box(page).press('Enter')
      await expect.poll(async () => (await bubbles(page)).length).toBe(before + 2)
      await log(page).locator('.waiting').waitFor({ state: 'detached' })
    }

    it('chats, remembers, survives a reload and starts over', async () => {
      const page = await open(demo.url)
      expect(await page.title()).toBe('aplly Assistant')
      expect(await page.getByRole('note').textContent()).toContain('HF_TOKEN')
      await say(page, 'I feel lucky today')
      await box(page).fill('What did I say first?')
      await button(page, 'Send').click()
      await expect.poll(async () => (await bubbles(page)).at(-1)).toContain('I feel lucky today')
      const before = await bubbles(page)
      expect(before).toHaveLength(4)
      await page.reload()
      expect(await bubbles(page)).toEqual(before)
      await button(page, 'New Chat').click()
      await expect.poll(() => bubbles(page)).toEqual([])
      await page.reload()
      expect(await bubbles(page)).toEqual([])
      await page.context().close()
    })

    it('shows the message at once and a waiting bubble that ends with the answer', async () => {
      const page = await open(faulty.url)
      // The answer is held back until the page has been looked at.
      let release = (): void => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      await page.route('**/chat', async (route) => {
        await held
        await route.continue()
      })
      await box(page).fill('Hi')
      await box(page).press('Enter')
      expect(await bubbles(page)).toEqual(['Hi', 'Thinking…'])
      expect(await box(page).inputValue()).toBe('')
      expect(await button(page, 'Send').isDisabled()).toBe(true)
      release()
      await expect.poll(() => bubbles(page)).toEqual(['Hi', 'Reply to 1 of yours.'])
      expect(await button(page, 'Send').isEnabled()).toBe(true)
      await page.context().close()
    })

    it('shows an error in the thread and tries again', async () => {
      const page = await open(faulty.url)
      const message = `Try me ${crypto.randomUUID()}`
      await page.route('**/chat', (route) => route.abort(), { times: 1 })
      await say(page, message)
      expect((await bubbles(page)).at(-1)).toBe(
        'The server cannot be reached. Please try again in a moment.',
      )
      await button(page, 'Try again').click()
      await expect.poll(() => bubbles(page)).toEqual([message, 'Reply to 1 of yours.'])
      expect(await recorded(server, message)).toHaveLength(1)
      await page.context().close()
    })

    it('ends the waiting when the model never answers', async () => {
      const page = await open(faulty.url)
      await say(page, '[fault:hang]')
      expect(await bubbles(page)).toEqual([
        '[fault:hang]',
        'The model took too long to answer. Please try again.',
      ])
      await page.context().close()
    })

    it('shows markup as text', async () => {
      const page = await open(faulty.url)
      const markup = '[say:<img src=x onerror="document.title=1"><script>document.title=2</script>]'
      await say(page, markup)
      expect((await bubbles(page))[1]).toContain('<img src=x')
      expect(await log(page).locator('img, script').count()).toBe(0)
      await page.reload()
      expect(await log(page).locator('img, script').count()).toBe(0)
      expect(await page.title()).toBe('aplly Assistant')
      await page.context().close()
    })

    it('starts a new line with Shift+Enter and leaves an Enter to the input method', async () => {
      const page = await open(faulty.url)
      await box(page).fill('one')
      await box(page).press('Shift+Enter')
      await box(page).pressSequentially('two')
      await box(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
      await box(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
      expect(await box(page).inputValue()).toBe('one\ntwo')
      expect(await bubbles(page)).toEqual([])
      await page.context().close()
    })

    it('drops the answer of a conversation that was started over meanwhile', async () => {
      const page = await open(faulty.url)
      await box(page).fill('[fault:hang] old')
      await box(page).press('Enter')
      await button(page, 'New Chat').click()
      await expect.poll(() => bubbles(page)).toEqual([])
      await say(page, 'new')
      expect(await bubbles(page)).toEqual(['new', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('scrolls to the newest message', async () => {
      const page = await open(faulty.url)
      await say(page, `[say:${'line\n'.repeat(60)}end]`)
      const distance = await log(page).evaluate(
        (element) => element.scrollHeight - element.scrollTop - element.clientHeight,
      )
      expect(distance).toBeLessThan(2)
      await page.context().close()
    })

    it('works without JavaScript', async () => {
      const page = await open(faulty.url, { javaScriptEnabled: false })
      await box(page).fill('Hello\nwithout a script')
      await button(page, 'Send').click()
      expect(await bubbles(page)).toEqual(['Hello\nwithout a script', 'Reply to 1 of yours.'])
      await box(page).fill('[fault:500] my text')
      await button(page, 'Send').click()
      expect(await box(page).inputValue()).toBe('[fault:500] my text')
      expect((await bubbles(page)).at(-1)).toBe('The model failed to answer. Please try again.')
      await button(page, 'New Chat').click()
      expect(await bubbles(page)).toEqual([])
      await page.context().close()
    })

    it('fits a screen of 320 pixels, and keeps two visitors apart', async () => {
      const [page, other] = await Promise.all([open(faulty.url), open(faulty.url)])
      await page.setViewportSize({ width: 320, height: 568 })
      await say(page, `mine ${'w'.repeat(200)}`)
      await say(other, 'theirs')
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      expect(overflow).toBeLessThanOrEqual(0)
      await other.reload()
      expect(await bubbles(other)).toEqual(['theirs', 'Reply to 1 of yours.'])
      await Promise.all([page.context().close(), other.context().close()])
    })
  })
}
