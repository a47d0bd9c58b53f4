/** One whole conversation, and how it can fail. */

import { describe, expect, it } from 'vitest'
import { recorded } from '../support/recorded.ts'
import {
  ask,
  begun,
  box,
  bubbles,
  button,
  distance,
  ended,
  entries,
  eventually,
  log,
  say,
  type Visits,
} from './visit.ts'

export function describeConversation({ open, server }: Visits): void {
  describe('a conversation', () => {
    it('chats, remembers, survives a reload and starts over', async () => {
      const page = await open({ demo: true })
      expect(await page.title()).toBe('aplly Assistant')
      expect(await log(page).locator('details').textContent()).toContain('HF_TOKEN')
      await say(page, 'I feel lucky today')
      await box(page).fill('What did I say first?')
      await button(page, 'Send').click()
      await ended(page)
      expect((await bubbles(page)).at(-1)).toContain('I feel lucky today')
      const before = await bubbles(page)
      expect(before).toHaveLength(4)
      await page.reload()
      expect(await bubbles(page)).toEqual(before)
      await button(page, 'New chat').click()
      await eventually(() => bubbles(page)).toEqual([])
      await page.reload()
      expect(await bubbles(page)).toEqual([])
      await say(page, 'What did I say first?')
      expect((await bubbles(page)).at(-1)).not.toContain('lucky')
      await page.context().close()
    })

    it('asks one of its own questions by a press', async () => {
      const page = await open()
      const idea = log(page).locator('[data-action="starter"]').first()
      const question = (await idea.textContent()) ?? ''
      await idea.click()
      await ended(page)
      expect(await bubbles(page)).toEqual([question, 'Reply to 1 of yours.'])
      expect(await button(page, question).isVisible()).toBe(false)
      await page.context().close()
    })

    it('shows the message at once and a waiting bubble that ends with the answer', async () => {
      const page = await open()
      // The answer is held back until the page has been looked at.
      let release = (): void => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      await page.route('**/chat', async (route) => {
        await held
        await route.continue()
      })
      await ask(page, 'Hi')
      await eventually(() => bubbles(page)).toEqual(['Hi', 'Thinking…'])
      expect(await box(page).inputValue()).toBe('')
      expect(await button(page, 'Stop').isEnabled()).toBe(true)
      release()
      await eventually(() => bubbles(page)).toEqual(['Hi', 'Reply to 1 of yours.'])
      expect(await button(page, 'Send').isEnabled()).toBe(true)
      await page.context().close()
    })

    it('says after some seconds why there may be no word yet', async () => {
      const page = await open()
      await page.clock.install()
      await page.route('**/chat', () => {})
      await ask(page, 'Hi')
      await page.clock.runFor(8500)
      expect((await bubbles(page))[1]).toContain('Still waiting')
      // The request may have begun a moment after the question was shown.
      await page.clock.runFor(20_500)
      await eventually(async () => (await bubbles(page))[1]).toContain('No answer came in time')
      await page.context().close()
    })

    it('shows an error in the thread and tries again', async () => {
      const page = await open()
      const message = `Try me ${crypto.randomUUID()}`
      await page.route('**/chat', (route) => route.abort(), { times: 1 })
      await say(page, message)
      expect((await bubbles(page)).at(-1)).toBe(
        'The server cannot be reached. Please try again in a moment.',
      )
      await button(page, 'Try again').click()
      await eventually(() => bubbles(page)).toEqual([message, 'Reply to 1 of yours.'])
      expect(await recorded(server, message)).toHaveLength(1)
      await page.context().close()
    })

    it('counts down the seconds that the server asks to wait for', async () => {
      const page = await open()
      await page.route('**/chat', (route) =>
        route.fulfill({
          status: 429,
          headers: { 'Retry-After': '7' },
          json: { error: 'Too fast.', code: 'rate_limited', requestId: 'r' },
        }),
      )
      await say(page, 'Hi')
      expect(await bubbles(page)).toEqual(['Hi', 'Too fast.'])
      const seconds = async (): Promise<number> => {
        const text = await log(page).getByText('another try in').textContent()
        return Number(/\d+/.exec(text ?? '')?.[0])
      }
      const first = await seconds()
      expect(first).toBeLessThanOrEqual(7)
      await eventually(seconds).toBeLessThan(first)
      await page.context().close()
    })

    it('ends the waiting when the model never answers', async () => {
      const page = await open()
      await say(page, '[fault:hang]')
      expect(await bubbles(page)).toEqual([
        '[fault:hang]',
        'The model took too long to answer. Please try again.',
      ])
      await page.context().close()
    })

    it('tells being offline from a failing server, and sends what was kept', async () => {
      const page = await open()
      await page.context().setOffline(true)
      await say(page, 'Hi')
      expect((await bubbles(page)).at(-1)).toBe(
        'You are offline. Try again when you are connected.',
      )
      await page.context().setOffline(false)
      await button(page, 'Try again').click()
      await eventually(() => bubbles(page)).toEqual(['Hi', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('says when a stream breaks off, and keeps what was said in view', async () => {
      const page = await open()
      const words = 'event: token\ndata: {"text":"Half a"}\n\n'
      await page.route('**/chat', (route) =>
        route.fulfill({ contentType: 'text/event-stream', body: words }),
      )
      await say(page, 'Hi')
      const [asked, said, error] = await bubbles(page)
      expect([asked, said]).toEqual(['Hi', 'Half a'])
      expect(error).toContain('broke off')
      await page.unroute('**/chat')
      await button(page, 'Try again').click()
      await eventually(() => bubbles(page)).toEqual(['Hi', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('shows markup as text', async () => {
      const page = await open()
      const markup = '[say:<img src=x onerror="document.title=1"><script>document.title=2</script>]'
      await say(page, markup)
      expect((await bubbles(page))[1]).toContain('<img src=x')
      expect(await log(page).locator('img, script').count()).toBe(0)
      await page.reload()
      expect(await log(page).locator('img, script').count()).toBe(0)
      expect(await page.title()).toContain('[say:<img')
      await page.context().close()
    })

    it('leaves an answer that is on its way behind with New chat, and keeps its question', async () => {
      const page = await open()
      await ask(page, '[fault:hang] old')
      await button(page, 'New chat').click()
      await eventually(() => bubbles(page)).toEqual([])
      await box(page).fill('')
      await say(page, 'new')
      expect(await bubbles(page)).toEqual(['new', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('has an address of its own from its first word on, and is in the list when it is saved', async () => {
      const page = await open()
      const address = new URL(page.url())
      await ask(page, '[count:30] [every:40]')
      await begun(page)
      expect(new URL(page.url()).pathname).toMatch(/^\/c\/[\w-]{16}$/)
      await ended(page)
      await eventually(() => entries(page)).toEqual(['[count:30] [every:40]'])
      await eventually(() => page.title()).toContain('[count:30]')
      const first = page.url()
      await button(page, 'New chat').click()
      await page.waitForURL(address.href)
      await say(page, 'second')
      await eventually(() => entries(page)).toEqual(['second', '[count:30] [every:40]'])
      await page.goBack()
      expect(page.url()).toBe(first)
      expect((await bubbles(page))[0]).toBe('[count:30] [every:40]')
      await page.goForward()
      await eventually(() => bubbles(page)).toEqual(['second', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('scrolls to the newest message', async () => {
      const page = await open()
      await say(page, `[say:${'line\n\n'.repeat(60)}end]`)
      expect(await distance(page)).toBeLessThan(2)
      await page.reload()
      expect(await distance(page)).toBeLessThan(2)
      await page.context().close()
    })

    it('fits a screen of 320 pixels, and keeps two visitors apart', async () => {
      const [page, other] = await Promise.all([open(), open()])
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
