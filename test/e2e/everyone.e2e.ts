/** The page for everyone: no violation that axe knows, in every look; three languages; screen readers; no script. */

import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { violations } from '../support/axe.ts'
import {
  box,
  bubbles,
  button,
  editLast,
  eventually,
  log,
  numbered,
  say,
  settled,
  type Visits,
} from './visit.ts'

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  mobile: { isMobile: true, hasTouch: true, viewport: { width: 320, height: 568 } },
  'right-to-left': { locale: 'ar' },
  'forced colours': { forcedColors: 'active' },
}

const RICH =
  '[say:# Title\n\nText with `code`, **bold** and a link https://example.com/.\n\n```js\nconst a = 1 // one\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n- two\n\n> said]'

export function describeEveryone({ open }: Visits): void {
  describe('everyone', () => {
    for (const [name, options] of Object.entries(LOOKS)) {
      it(`finds nothing in the way: ${name}`, async () => {
        const page = await open(options)
        expect(await violations(page)).toEqual([])
        const input = page.locator('#message')
        const send = page.locator('[data-action="send"]')
        for (const message of [RICH, '[fault:429] no']) {
          await input.fill(message)
          await send.click()
          await settled(page)
        }
        expect(await page.locator('.message').count()).toBe(4)
        expect(await violations(page)).toEqual([])
        // As the server shows it, with rendered Markdown; and with the menu open.
        await page.reload()
        await page.locator('[popovertarget="menu"]').click()
        expect(await page.locator('.code, .table').count()).toBe(2)
        expect(await violations(page)).toEqual([])
        await page.context().close()
      })
    }

    it('speaks the language that the browser prefers', async () => {
      for (const [locale, direction, send] of [
        ['de-AT', 'ltr', 'Senden'],
        ['ar', 'rtl', 'إرسال'],
        ['fi', 'ltr', 'Send'],
      ] as const) {
        const page = await open({ locale })
        await button(page, send).waitFor()
        expect(await page.evaluate('getComputedStyle(document.body).direction')).toBe(direction)
        expect(await page.evaluate('getComputedStyle(message).direction')).toBe(direction)
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        expect(overflow).toBe(0)
        await page.context().close()
      }
    })

    it('lets the visitor choose the colours, before the first paint of every page', async () => {
      const page = await open({ colorScheme: 'light' })
      const dark = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
      const light = await dark()
      await button(page, 'Menu').click()
      await button(page, 'Dark').click()
      await page.getByRole('button', { name: 'Dark', pressed: true }).waitFor()
      expect(await dark()).not.toBe(light)
      await page.reload()
      expect(await dark()).not.toBe(light)
      await page.context().close()
    })

    it('tells a screen reader that an answer is written, and then the answer, once', async () => {
      const page = await open()
      await page.evaluate(
        `window.heard = []
        new MutationObserver(() => heard.push(document.querySelector('#status').textContent))
          .observe(document.querySelector('#status'), { childList: true, characterData: true, subtree: true })`,
      )
      await say(page, '[count:12] [every:20]')
      const [, reply] = await bubbles(page)
      expect(await page.evaluate('heard')).toEqual(['The answer is being written', reply])
      expect(await log(page).getAttribute('aria-live')).toBe('off')
      await page.context().close()
    })

    it('keeps to the reader with 200 % zoom: half the window holds all of it', async () => {
      const page = await open({ viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 })
      await say(page, RICH)
      await page.reload()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      expect((await box(page).boundingBox())?.y).toBeLessThan(360)
      await page.context().close()
    })
  })

  describe('in a browser that keeps nothing, the page', () => {
    it('chats all the same', async () => {
      const page = await open()
      await page.addInitScript(() => {
        const refuse = (): never => {
          throw new DOMException('Access is denied', 'SecurityError')
        }
        for (const name of ['localStorage', 'sessionStorage']) {
          Object.defineProperty(globalThis, name, { get: refuse })
        }
        Object.defineProperty(globalThis, 'BroadcastChannel', { value: refuse })
        Object.defineProperty(navigator.locks, 'request', { value: async () => refuse() })
      })
      await page.reload()
      await say(page, 'one')
      await say(page, 'two')
      const all = ['one', 'Reply to 1 of yours.', 'two', 'Reply to 2 of yours.']
      expect(await bubbles(page)).toEqual(all)
      await page.reload()
      expect(await bubbles(page)).toEqual(all)
      await page.context().close()
    })
  })

  describe('without JavaScript, the page', () => {
    it('sends, reads, starts over and gives the text of a failed message back', async () => {
      const page = await open({ javaScriptEnabled: false })
      await box(page).fill('Hello\nwithout a script')
      await button(page, 'Send').click()
      expect(await bubbles(page)).toEqual(['Hello\nwithout a script', 'Reply to 1 of yours.'])
      await box(page).fill('[fault:500] my text')
      await button(page, 'Send').click()
      expect(await box(page).inputValue()).toBe('[fault:500] my text')
      expect((await bubbles(page)).at(-1)).toBe('The model failed to answer. Please try again.')
      await button(page, 'New chat').click()
      await page.getByRole('heading', { name: 'What would you like to know?' }).waitFor()
      expect(await bubbles(page)).toEqual([])
      await log(page).locator('[data-action="starter"]').first().click()
      expect((await bubbles(page))[1]).toBe('Reply to 1 of yours.')
      await page.context().close()
    })

    it('asks again, and changes the last question or an earlier one', async () => {
      const page = await open({ javaScriptEnabled: false })
      const send = async (text: string) => {
        await box(page).fill(text)
        await button(page, 'Send').click()
      }
      await send('first')
      await send('second')
      await button(page, 'Try again').click()
      expect(await bubbles(page)).toEqual([
        'first',
        'Reply to 1 of yours.',
        'second',
        'Reply to 2 of yours.',
      ])
      await editLast(page).click()
      expect(await box(page).inputValue()).toBe('second')
      await page.getByText('Changing your last question').waitFor()
      await page.getByRole('link', { name: 'Cancel' }).click()
      expect(await box(page).inputValue()).toBe('')
      await editLast(page).click()
      await send('better')
      expect((await bubbles(page)).slice(2)).toEqual(['better', 'Reply to 2 of yours.'])
      const old = page.url()
      await page.getByRole('link', { name: 'Edit', exact: true }).first().click()
      expect(await box(page).inputValue()).toBe('first')
      await page.getByText('a new conversation begins from there').waitFor()
      await send('otherwise')
      expect(await bubbles(page)).toEqual(['otherwise', 'Reply to 1 of yours.'])
      expect(page.url()).not.toBe(old)
      await page.goto(old)
      expect((await bubbles(page))[0]).toBe('first')
      await page.context().close()
    })

    it('lists, filters, names and deletes conversations', async () => {
      const page = await open({ javaScriptEnabled: false })
      for (const text of ['Apples', 'Pears']) {
        await button(page, 'New chat').click()
        await box(page).fill(text)
        await button(page, 'Send').click()
        await log(page).getByText('Reply to 1').waitFor()
      }
      const list = page.getByRole('navigation', { name: 'Conversations' })
      // Two that began in the same second have no order.
      const titles = async () => (await list.locator('.entry bdi').allTextContents()).toSorted()
      await eventually(titles).toEqual(['Apples', 'Pears'])
      const filter = page.getByRole('searchbox', { name: 'Filter conversations' })
      await filter.fill('app')
      await filter.press('Enter')
      await eventually(titles).toEqual(['Apples'])
      await list.getByRole('link', { name: 'Apples' }).click()
      expect((await bubbles(page))[0]).toBe('Apples')
      const menu = button(page, 'Options for “Apples”')
      await menu.click()
      await list.locator('.menu:popover-open').getByText('Rename').click()
      await page.getByRole('textbox', { name: 'New name' }).fill('<Fruit>')
      await button(page, 'Save').click()
      await eventually(titles).toEqual(['<Fruit>', 'Pears'])
      expect(await page.title()).toBe('<Fruit> – aplly Assistant')
      await button(page, 'Options for “<Fruit>”').click()
      await list.locator('.menu:popover-open').getByText('Delete', { exact: true }).click()
      await button(page, 'Delete for good').click()
      await eventually(titles).toEqual(['Pears'])
      await page.context().close()
    })

    it('remembers the theme, the language and whether the list is shown', async () => {
      const page = await open({ javaScriptEnabled: false, colorScheme: 'light' })
      await button(page, 'Menu').click()
      await button(page, 'Dark').click()
      expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
      await button(page, 'Hide the list of conversations').click()
      const list = page.getByRole('navigation', { name: 'Conversations' })
      expect(await list.isVisible()).toBe(false)
      await button(page, 'Show the list of conversations').click()
      expect(await list.isVisible()).toBe(true)
      await button(page, 'Menu').click()
      await page.locator('#menu summary').filter({ hasText: 'Language' }).click()
      await button(page, 'Deutsch').click()
      expect(await page.locator('html').getAttribute('lang')).toBe('de')
      await button(page, 'Senden').waitFor()
      await page.context().close()
    })

    it('shows no control that needs the script where that cannot be loaded', async () => {
      const page = await open({ demo: true })
      await page.route('**/app.js', (route) => route.fulfill({ status: 404 }))
      await page.reload()
      await box(page).fill('Hi')
      await button(page, 'Send').click()
      await log(page).locator('.assistant').waitFor()
      await button(page, 'Menu').click()
      expect(await page.getByRole('link', { name: 'Save as Markdown' }).isVisible()).toBe(true)
      expect(await button(page, 'Keyboard').isVisible()).toBe(false)
      await page.context().close()
    })

    it('shows no control that needs the script', async () => {
      const page = await open({ javaScriptEnabled: false })
      await box(page).fill('Hi')
      await button(page, 'Send').click()
      expect(await bubbles(page)).toEqual(['Hi', 'Reply to 1 of yours.'])
      for (const name of ['Copy', 'Stop', 'Jump to newest', 'Undo']) {
        expect(await button(page, name).isVisible(), name).toBe(false)
      }
      await button(page, 'Menu').click()
      for (const name of ['Keyboard', 'Save all conversations']) {
        expect(await button(page, name).isVisible(), name).toBe(false)
      }
      await page.context().close()
    })

    it('saves the conversation as Markdown and as JSON', async () => {
      const page = await open({ javaScriptEnabled: false })
      await box(page).fill('Hi')
      await button(page, 'Send').click()
      for (const [name, file] of [
        ['Save as Markdown', 'conversation.md'],
        ['Save as JSON', 'conversation.json'],
      ] as const) {
        await button(page, 'Menu').click()
        const download = page.waitForEvent('download')
        await page.getByRole('link', { name }).click()
        expect((await download).suggestedFilename()).toBe(file)
        await page.keyboard.press('Escape')
      }
      await page.context().close()
    })

    it('begins at the newest message, and leads to earlier ones and back', async () => {
      const page = await open({ javaScriptEnabled: false })
      for (let turn = 0; turn < 12; turn++) {
        await box(page).fill(numbered(turn))
        await button(page, 'Send').click()
      }
      expect(await log(page).locator('.assistant').last().isVisible()).toBe(true)
      const { y = -1 } = (await log(page).locator('.assistant').last().boundingBox()) ?? {}
      expect(y).toBeGreaterThan(0)
      expect(y).toBeLessThan(720)
      await page.getByRole('link', { name: 'Earlier messages' }).click()
      expect((await bubbles(page))[0]).toContain('Number 0')
      await page.getByRole('link', { name: 'Back to the newest' }).click()
      expect((await bubbles(page)).at(-2)).toContain('Number 11')
      await page.context().close()
    })
  })
}
