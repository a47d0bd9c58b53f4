/** Messages that are sent before their turn: they wait above the box, and none is lost or sent twice. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { recorded } from '../support/recorded.ts'
import {
  ask,
  begun,
  box,
  bubbles,
  button,
  ended,
  eventually,
  say,
  type Visits,
  waiting,
} from './visit.ts'

const SLOW = '[count:200] [every:40]'

/** How many messages the page shows that the visitor sent. */
const asked = async (page: Page) => page.locator('[data-role=user] .text').allTextContents()

export function describeQueue({ open, openTab, server }: Visits): void {
  describe('the queue', () => {
    it('waits while a reply is on its way, and goes in order', async () => {
      const page = await open()
      await ask(page, '[count:30] [every:40]')
      await begun(page)
      await ask(page, 'one')
      await ask(page, 'two')
      expect(await waiting(page)).toEqual(['one', 'two'])
      expect(await box(page).inputValue()).toBe('')
      await eventually(async () => (await bubbles(page)).slice(2)).toEqual([
        'one',
        'Reply to 2 of yours.',
        'two',
        'Reply to 3 of yours.',
      ])
      expect(await waiting(page)).toEqual([])
      await ended(page)
      await page.reload()
      expect(await asked(page)).toEqual(['[count:30] [every:40]', 'one', 'two'])
      await page.context().close()
    })

    it('gives a message back into the box', async () => {
      const page = await open()
      await ask(page, SLOW)
      await begun(page)
      await ask(page, 'one')
      await ask(page, 'two')
      await box(page).fill('half')
      await button(page, 'Take back').first().click()
      expect(await waiting(page)).toEqual(['two'])
      expect(await box(page).inputValue()).toBe('one\n\nhalf')
      await page.context().close()
    })

    it('is held after Stop, until the visitor goes on', async () => {
      const page = await open()
      await ask(page, SLOW)
      await begun(page)
      await ask(page, 'next')
      await button(page, 'Stop').click()
      await ended(page)
      expect(await waiting(page)).toEqual(['next'])
      expect(await asked(page)).toEqual([SLOW])
      await box(page).press('Enter')
      await eventually(async () => (await bubbles(page)).slice(2)).toEqual([
        'next',
        'Reply to 2 of yours.',
      ])
      await page.context().close()
    })

    it('is held after a failure, and goes after Try again', async () => {
      const page = await open()
      const held = Promise.withResolvers<void>()
      await page.route(
        '**/chat',
        async (route) => {
          await held.promise
          await route.abort()
        },
        { times: 1 },
      )
      await ask(page, 'one')
      await ask(page, 'two')
      held.resolve()
      await button(page, 'Try again').waitFor()
      expect(await waiting(page)).toEqual(['two'])
      await button(page, 'Try again').click()
      await eventually(() => bubbles(page)).toEqual([
        'one',
        'Reply to 1 of yours.',
        'two',
        'Reply to 2 of yours.',
      ])
      await page.context().close()
    })

    it('is kept when the page closes, shown by the next one, and sent once', async () => {
      const page = await open()
      const later = `later ${crypto.randomUUID()}`
      await ask(page, SLOW)
      // Long enough for the server to have sent a part that can be saved.
      await eventually(async () => (await bubbles(page))[1]?.split(' ').length).toBeGreaterThan(40)
      await ask(page, later)
      const { context, url } = { context: page.context(), url: page.url() }
      await page.close()
      const next = await openTab(context, url)
      const other = await openTab(context, url)
      for (const tab of [next, other]) await eventually(() => waiting(tab)).toEqual([later])
      expect(await recorded(server, later)).toEqual([])
      await box(next).press('Enter')
      await eventually(() => asked(next)).toEqual([SLOW, later])
      await eventually(() => waiting(other)).toEqual([])
      await ended(next)
      await eventually(() => asked(other)).toEqual([SLOW, later])
      await box(other).press('Enter')
      await next.reload()
      expect(await waiting(next)).toEqual([])
      expect(await recorded(server, later)).toHaveLength(1)
      await context.close()
    })

    it('keeps a question that has no reply yet when the page closes', async () => {
      const page = await open()
      await say(page, 'first')
      await ask(page, '[fault:hang] precious')
      await page.reload()
      expect(await waiting(page)).toEqual(['[fault:hang] precious'])
      expect(await asked(page)).toEqual(['first'])
      await page.context().close()
    })
  })

  describe('receipts', () => {
    it('are sent to their own conversation only', async () => {
      const page = await open()
      const sent: { to: string; receipts: unknown }[] = []
      await page.context().route('**/chat/commit', (route) => route.abort())
      page.on('request', (request) => {
        const { pathname } = new URL(request.url())
        if (request.method() !== 'POST' || !pathname.includes('/chat')) return
        sent.push({ to: pathname.slice(0, 19), receipts: request.postDataJSON()?.receipts })
      })
      await say(page, 'in the first')
      const first = new URL(page.url()).pathname
      await page.goto(new URL('/', page.url()).href)
      await say(page, 'in the second')
      const second = new URL(page.url()).pathname
      expect(second).not.toBe(first)
      await page.context().unroute('**/chat/commit')
      await page.reload()
      await eventually(() => page.locator('[data-role=assistant]').count()).toBe(1)
      expect(await asked(page)).toEqual(['in the second'])
      const of = (base: string) =>
        new Set(sent.filter(({ to }) => to === base).flatMap(({ receipts }) => receipts))
      expect(of(first).size).toBeGreaterThan(0)
      expect(of(second).size).toBeGreaterThan(0)
      expect([...of(first)].filter((receipt) => of(second).has(receipt))).toEqual([])
      await page.goto(new URL(first, page.url()).href)
      await eventually(() => bubbles(page)).toEqual(['in the first', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('of the earlier version are still sent for the conversation at the root', async () => {
      const page = await open()
      // As the earlier version did it: a streamed turn whose receipt was kept and not sent.
      await page.evaluate(`(async () => {
        const headers = { 'Content-Type': 'application/json', Accept: 'text/event-stream' }
        const body = JSON.stringify({ message: 'of old' })
        const text = await (await fetch('/chat', { method: 'POST', headers, body })).text()
        const [, receipt] = /event: done\\ndata: .*"receipt":"([^"]+)"/.exec(text)
        localStorage.setItem('aplly-receipt-1700000000000-0.5', receipt)
        sessionStorage.setItem('aplly-draft', 'an old draft')
      })()`)
      await page.reload()
      await eventually(async () => {
        await page.reload()
        return bubbles(page)
      }).toEqual(['of old', 'Reply to 1 of yours.'])
      expect(await box(page).inputValue()).toBe('an old draft')
      await page.context().close()
    })
  })
}
