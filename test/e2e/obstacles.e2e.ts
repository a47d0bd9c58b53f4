/**
 * What stands between the page and the server: no cookies, a proxy with a mind of its own, a
 * restart, answers out of order.
 */

import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Answer } from '../support/front.ts'
import {
  ask,
  begun,
  box,
  bubbles,
  button,
  ended,
  eventually,
  log,
  numbered,
  say,
  type Visits,
  waiting,
} from './visit.ts'

const COOKIES = /browser keeps no cookies for this site, so nothing is remembered/
/** What a server sends last that is being restarted. */
const RESTARTING = (retryAfter: number) => {
  const data = { error: 'Restarting.', code: 'shutting_down', retryAfter, partial: true }
  return `event: error\ndata: ${JSON.stringify(data)}\n\n`
}
const slow = () => `[count:100] [every:50] ${crypto.randomUUID()}`

/** Tells the page what another tab would. */
function tellChanged(page: Page): Promise<unknown> {
  return page.evaluate(
    "new BroadcastChannel('aplly-chat').postMessage({ base: location.pathname, what: 'turns' })",
  )
}

/**
 * Gets the server's answer to the next request for the page at once, and hands it over when it is
 * called.
 */
async function holdPage(page: Page): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<() => Promise<void>>()
  await page.route(
    (url) => /^\/c\/[\w-]+$/.test(url.pathname),
    async (route: Route) => {
      const response = await route.fetch()
      held.resolve(() => route.fulfill({ response }))
    },
    { times: 1 },
  )
  await tellChanged(page)
  return held.promise
}

export function describeObstacles({ open, openTab, putInFront }: Visits): void {
  describe('in a browser that keeps no cookies, the page', () => {
    it('says so after the first turn, and keeps what was said in view', async () => {
      const { url } = await putInFront(false)
      const page = await open({ at: url })
      await say(page, 'one')
      const warning = page.getByRole('alert').filter({ hasText: COOKIES })
      await warning.waitFor()
      await say(page, 'two')
      await tellChanged(page)
      const all = ['one', 'Reply to 1 of yours.', 'two', 'Reply to 1 of yours.']
      // Nothing takes them away later either.
      await page.waitForTimeout(500)
      expect(await bubbles(page)).toEqual(all)
      expect(await warning.count()).toBe(1)
      await page.context().close()
    })

    it('says so without JavaScript, too', async () => {
      const { url } = await putInFront(false)
      const page = await open({ at: url, javaScriptEnabled: false })
      expect(await page.getByText(COOKIES).count()).toBe(0)
      await box(page).fill('Hello')
      await button(page, 'Send').click()
      await page.getByText(COOKIES).waitFor()
      expect(await bubbles(page)).toEqual(['Hello', 'Reply to 1 of yours.'])
      await box(page).fill('Again')
      await button(page, 'Send').click()
      await eventually(() => bubbles(page)).toEqual(['Again', 'Reply to 1 of yours.'])
      await box(page).fill('[fault:500] my text')
      await button(page, 'Send').click()
      await page.getByText('The model failed to answer.').waitFor()
      expect(await box(page).inputValue()).toBe('[fault:500] my text')
      expect(await page.getByText(COOKIES).count()).toBe(1)
      await page.context().close()
    })

    it('says so after New Chat without JavaScript', async () => {
      const { url } = await putInFront(false)
      const page = await open({ at: url, javaScriptEnabled: false })
      await button(page, 'New chat').click()
      await page.getByText(COOKIES).waitFor()
      await page.context().close()
    })

    it('is told from one that keeps them', async () => {
      const page = await open()
      await say(page, 'one')
      await page.reload()
      expect(await page.getByText(COOKIES).count()).toBe(0)
      await page.context().clearCookies()
      const fresh = await openTab(page.context())
      expect(await fresh.getByText(COOKIES).count()).toBe(0)
      await page.context().close()
    })
  })

  describe('behind a proxy that answers by itself, the page', () => {
    const html = (status: number, headers: Record<string, string> = {}): Answer => ({
      status,
      headers,
      body: `<html><title>${status}</title><h1>nginx</h1></html>`,
    })

    it.each([
      [429, 'The server is busy. Please try again in a moment.'],
      [401, 'You may not use this page any more. Please reload it.'],
      [403, 'You may not use this page any more. Please reload it.'],
      [502, 'The server cannot be reached. Please try again in a moment.'],
      [503, 'The server cannot be reached. Please try again in a moment.'],
      [504, 'The server cannot be reached. Please try again in a moment.'],
      [418, 'The server sent an answer that makes no sense. Please try again.'],
    ])('says what %i means, wherever it comes', async (status, sentence) => {
      const front = await putInFront()
      const page = await open({ at: front.url })
      const refuse = (path: string) =>
        front.answerBy((method, asked) =>
          method === 'POST' && asked.endsWith(path)
            ? html(status, { 'Retry-After': '3' })
            : undefined,
        )
      refuse('/chat')
      await say(page, 'one')
      expect(await bubbles(page)).toEqual(['one', sentence])
      await log(page).getByText('another try in').waitFor()
      refuse('/chat/commit')
      await button(page, 'Try again').click()
      const unsaved = ['one', 'Reply to 1 of yours.', sentence]
      await eventually(() => bubbles(page)).toEqual(unsaved)
      front.answerBy(() => undefined)
      await say(page, 'two')
      expect((await bubbles(page)).slice(-2)).toEqual(['two', 'Reply to 2 of yours.'])
      await page.context().close()
    })

    it('says beside the link why earlier messages do not come', async () => {
      const front = await putInFront()
      const page = await open({ at: front.url })
      for (let turn = 0; turn < 14; turn++) await say(page, numbered(turn))
      await page.reload()
      const before = await bubbles(page)
      front.answerBy((method) => (method === 'GET' ? html(403) : undefined))
      const earlier = page.getByRole('link', { name: 'Earlier messages' })
      for (let press = 0; press < 2; press++) {
        await earlier.click()
        await log(page).getByText('You may not use this page any more').waitFor()
      }
      expect(await bubbles(page)).toEqual(before)
      front.answerBy(() => undefined)
      await earlier.click()
      await eventually(async () => (await bubbles(page))[0]).toContain('Number 0')
      expect(await log(page).getByText('You may not use').count()).toBe(0)
      await page.context().close()
    })
  })

  describe('while the server is being restarted, the page', () => {
    it('asks again by itself, and shows the new reply in the place of the old', async () => {
      const front = await putInFront()
      const page = await open({ at: front.url })
      const message = slow()
      await ask(page, message)
      await begun(page)
      const before = (await bubbles(page))[1] ?? ''
      front.breakOff(RESTARTING(1))
      await log(page).getByText('The server is being restarted').waitFor()
      const [, kept = '', waiting] = await bubbles(page)
      expect(kept.startsWith(before)).toBe(true)
      expect(waiting).toContain('asked again')
      expect(await button(page, 'Stop').isVisible()).toBe(true)
      await eventually(() => log(page).locator('.assistant').count()).toBe(1)
      await ended(page)
      const all = await bubbles(page)
      expect(all).toHaveLength(2)
      expect(all[1]?.split(' ')).toHaveLength(100)
      await page.reload()
      expect(await bubbles(page)).toEqual(all)
      await page.context().close()
    })

    it('does so once, and then keeps what was said and offers to try again', async () => {
      const front = await putInFront()
      const page = await open({ at: front.url })
      await ask(page, slow())
      await begun(page)
      const body = { error: 'Restarting.', code: 'shutting_down', requestId: 'r' }
      const headers = { 'Content-Type': 'application/json', 'Retry-After': '1' }
      let asked = 0
      front.answerBy((_, path) => {
        if (!path.endsWith('/chat')) return undefined
        asked += 1
        return { status: 503, headers, body: JSON.stringify(body) }
      })
      front.breakOff(RESTARTING(0.2))
      await ended(page)
      const [, kept, error] = await bubbles(page)
      expect(kept?.length).toBeGreaterThan(3)
      expect(error).toBe('Restarting.')
      expect(asked).toBe(1)
      front.answerBy(() => undefined)
      await button(page, 'Try again').click()
      await begun(page)
      await button(page, 'Stop').click()
      await ended(page)
      expect(await bubbles(page)).toHaveLength(2)
      await page.context().close()
    })

    it('lets the visitor stop the waiting, and keeps what was said until then', async () => {
      const front = await putInFront()
      const page = await open({ at: front.url })
      await ask(page, slow())
      await eventually(async () => (await bubbles(page))[1]?.split(' ').length).toBeGreaterThan(25)
      front.breakOff(RESTARTING(30))
      await log(page).getByText('The server is being restarted').waitFor()
      await button(page, 'Stop').click()
      await ended(page)
      await log(page).getByText('Stopped').waitFor()
      await eventually(() => log(page).locator('[data-turn]').count()).toBe(2)
      const all = await bubbles(page)
      expect(all).toHaveLength(2)
      await page.reload()
      expect(await bubbles(page)).toEqual(all)
      await page.context().close()
    })

    it('waits for a question that was not answered at all, too', async () => {
      const page = await open()
      const body = { error: 'Restarting.', code: 'shutting_down', requestId: 'r' }
      await page.route('**/chat', (route) => route.fulfill({ status: 503, json: body }), {
        times: 1,
      })
      await ask(page, 'one')
      await log(page).getByText('The server is being restarted').waitFor()
      await eventually(() => bubbles(page)).toEqual(['one', 'Reply to 1 of yours.'])
      await page.context().close()
    })
  })

  describe('an answer out of order', () => {
    it('takes no turn away that came after it', async () => {
      const page = await open()
      await say(page, 'one')
      const release = await holdPage(page)
      await say(page, 'two')
      await release()
      await eventually(() => log(page).locator('[data-turn]').count()).toBe(4)
      expect((await bubbles(page)).slice(-2)).toEqual(['two', 'Reply to 2 of yours.'])
      await page.context().close()
    })

    it('takes nothing away that a newer one has brought', async () => {
      const page = await open()
      await say(page, 'one')
      await tellChanged(page)
      await eventually(() => log(page).locator('[data-turn]').count()).toBe(2)
      const other = await openTab(page.context(), page.url())
      const release = await holdPage(page)
      await say(other, 'two')
      // Time enough for the second answer to overtake the first, and for the first to do harm: what
      // must not happen has no sign.
      await page.waitForTimeout(500)
      await release()
      await page.waitForTimeout(300)
      await eventually(async () => (await bubbles(page)).length).toBe(4)
      await page.context().close()
    })
  })

  describe('a turn that is being saved', () => {
    it('holds nobody up: the next question waits a little, and brings it along', async () => {
      const page = await open()
      const held = Promise.withResolvers<void>()
      await page.route(
        '**/chat/commit',
        async (route) => {
          await held.promise
          await route.continue()
        },
        { times: 1 },
      )
      await ask(page, 'one')
      await log(page).getByText('Reply to 1 of yours.').waitFor()
      await ask(page, 'two')
      expect(await waiting(page)).toEqual(['two'])
      await eventually(() => bubbles(page)).toEqual([
        'one',
        'Reply to 1 of yours.',
        'two',
        'Thinking…',
      ])
      held.resolve()
      await ended(page)
      const all = ['one', 'Reply to 1 of yours.', 'two', 'Reply to 2 of yours.']
      expect(await bubbles(page)).toEqual(all)
      await page.reload()
      expect(await bubbles(page)).toEqual(all)
      await page.context().close()
    })
  })
}
