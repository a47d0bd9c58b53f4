/** Writing a message: keys, input methods, drafts, and where the conversation stands meanwhile. */

import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  ask,
  begun,
  box,
  bubbles,
  button,
  distance,
  ended,
  eventually,
  isFocused,
  log,
  numbered,
  say,
  scrollTop,
  type Visits,
} from './visit.ts'

const LONG = `[say:${'A paragraph of some words.\n\n'.repeat(40)}]`

/** Where the conversation stands when its scrolling has come to rest. */
async function restingPlace(page: Page): Promise<number> {
  let last = await scrollTop(page)
  await eventually(async () => {
    const before = last
    last = await scrollTop(page)
    return last - before
  }).toBe(0)
  return last
}

export function describeWriting({ open }: Visits): void {
  describe('writing', () => {
    it('starts a new line with Shift+Enter and leaves an Enter to the input method', async () => {
      const page = await open()
      await box(page).fill('one')
      await box(page).press('Shift+Enter')
      await box(page).pressSequentially('two')
      await box(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
      await box(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
      await box(page).dispatchEvent('keydown', { key: 'Process' })
      expect(await box(page).inputValue()).toBe('one\ntwo')
      expect(await bubbles(page)).toEqual([])
      await page.context().close()
    })

    it('takes the Enter of a real composition for the input method', async () => {
      const page = await open()
      await box(page).focus()
      const session = await page.context().newCDPSession(page)
      await session.send('Input.imeSetComposition', {
        text: 'にほん',
        selectionStart: 3,
        selectionEnd: 3,
      })
      await session.send('Input.dispatchKeyEvent', {
        type: 'rawKeyDown',
        key: 'Process',
        windowsVirtualKeyCode: 229,
      })
      expect(await bubbles(page)).toEqual([])
      await session.send('Input.insertText', { text: '日本' })
      expect(await box(page).inputValue()).toBe('日本')
      await page.keyboard.press('Enter')
      await ended(page)
      expect(await bubbles(page)).toEqual(['日本', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('makes a new line of Enter where the keyboard is on the screen', async () => {
      const page = await open({
        hasTouch: true,
        isMobile: true,
        viewport: { width: 390, height: 700 },
      })
      await box(page).fill('one')
      await box(page).press('Enter')
      await box(page).pressSequentially('two')
      expect(await box(page).inputValue()).toBe('one\ntwo')
      await button(page, 'Send').tap()
      await ended(page)
      expect((await bubbles(page))[0]).toBe('one\ntwo')
      expect(await isFocused(box(page))).toBe(false)
      await page.context().close()
    })

    it('keeps a draft over a reload, until it is sent', async () => {
      const page = await open()
      await box(page).fill('half a thou')
      await page.reload()
      expect(await box(page).inputValue()).toBe('half a thou')
      await say(page, 'half a thought')
      await page.reload()
      expect(await box(page).inputValue()).toBe('')
      await page.context().close()
    })

    it('grows with its text, up to a limit', async () => {
      const page = await open()
      const height = () => box(page).evaluate((element) => element.clientHeight)
      const low = await height()
      await box(page).fill('one\ntwo\nthree')
      expect(await height()).toBeGreaterThan(low + 30)
      await box(page).fill('line\n'.repeat(100))
      expect(await height()).toBeLessThan(300)
      await page.context().close()
    })

    it('does everything by the keyboard alone', async () => {
      const page = await open()
      await page.keyboard.type('typed')
      await page.keyboard.press('Enter')
      await ended(page)
      expect(await bubbles(page)).toEqual(['typed', 'Reply to 1 of yours.'])
      expect(await isFocused(box(page))).toBe(true)
      for (const name of ['Try again', 'Copy', 'Edit']) {
        await page.keyboard.press('Shift+Tab')
        expect(await page.evaluate('document.activeElement.ariaLabel')).toBe(name)
      }
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Cancel' }).waitFor()
      await page.keyboard.type(' again')
      await page.keyboard.press('Enter')
      await ended(page)
      expect((await bubbles(page))[0]).toBe('typed again')
      await page.keyboard.press('Control+Shift+KeyO')
      await eventually(() => bubbles(page)).toEqual([])
      await page.context().close()
    })

    it('opens a list of keys by ? outside of the box, unless that is turned off', async () => {
      const page = await open()
      const help = page.getByRole('dialog', { name: 'Keyboard' })
      await box(page).press('?')
      expect(await box(page).inputValue()).toBe('?')
      expect(await help.isVisible()).toBe(false)
      await log(page).focus()
      await page.keyboard.press('?')
      expect(await help.isVisible()).toBe(true)
      await help.getByRole('checkbox').uncheck()
      await page.keyboard.press('Escape')
      await log(page).focus()
      await page.keyboard.press('?')
      expect(await help.isVisible()).toBe(false)
      await button(page, 'Menu').click()
      await button(page, 'Keyboard').click()
      expect(await help.isVisible()).toBe(true)
      await page.context().close()
    })
  })

  describe('reading', () => {
    it('stays where the visitor reads while words come, and offers the way to the newest', async () => {
      const page = await open()
      await say(page, LONG)
      await ask(page, '[count:120] [every:25]')
      await begun(page)
      expect(await distance(page)).toBeLessThan(2)
      await log(page).hover()
      await page.mouse.wheel(0, -600)
      await eventually(() => distance(page)).toBeGreaterThan(300)
      const top = await restingPlace(page)
      const words = (await bubbles(page)).at(-1)?.length ?? 0
      await eventually(async () => (await bubbles(page)).at(-1)?.length ?? 0).toBeGreaterThan(
        words + 60,
      )
      expect(await scrollTop(page)).toBe(top)
      await button(page, 'Jump to newest').click()
      expect(await distance(page)).toBeLessThan(2)
      expect(await button(page, 'Jump to newest').isVisible()).toBe(false)
      await ended(page)
      expect(await distance(page)).toBeLessThan(2)
      await page.context().close()
    })

    it('follows again once the visitor has scrolled back to the end', async () => {
      const page = await open()
      await say(page, LONG)
      await ask(page, '[count:80] [every:25]')
      await begun(page)
      await log(page).hover()
      await page.mouse.wheel(0, -400)
      await eventually(() => distance(page)).toBeGreaterThan(200)
      await page.mouse.wheel(0, 5000)
      await ended(page)
      await eventually(() => distance(page)).toBeLessThan(2)
      await page.context().close()
    })

    it('shows earlier messages without moving what is read', async () => {
      const page = await open()
      for (let turn = 0; turn < 14; turn++) await say(page, numbered(turn))
      await page.reload()
      const earlier = page.getByRole('link', { name: 'Earlier messages' })
      const before = await bubbles(page)
      await earlier.focus()
      const first = log(page).locator('.message').first()
      const name = await first.getAttribute('data-turn')
      const place = () => log(page).locator(`.user[data-turn="${name}"]`).boundingBox()
      const { y: top = 0 } = (await place()) ?? {}
      await page.keyboard.press('Enter')
      await eventually(async () => (await bubbles(page)).length).toBeGreaterThan(before.length)
      expect(Math.abs(((await place())?.y ?? 0) - top)).toBeLessThan(60)
      expect((await bubbles(page)).slice(-before.length)).toEqual(before)
      expect((await bubbles(page))[0]).toContain('Number 0')
      await page.context().close()
    })
  })
}
