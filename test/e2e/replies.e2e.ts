/** A reply while it comes and after it came: Stop, Try again, Edit, Copy, two tabs, a reload in the middle. */

import { describe, expect, it } from 'vitest'
import { recorded } from '../support/recorded.ts'
import { scripted } from '../support/script.ts'
import {
  ask,
  begun,
  box,
  bubbles,
  button,
  editLast,
  ended,
  eventually,
  isFocused,
  log,
  say,
  type Visits,
} from './visit.ts'

/** A reply that takes some seconds. */
const slow = () => `[count:200] [every:40] ${crypto.randomUUID()}`

export function describeReplies({ open, openTab, server }: Visits): void {
  describe('a reply', () => {
    it('comes word by word, and leaves the box usable', async () => {
      const page = await open()
      await ask(page, '[count:30] [every:40]')
      await begun(page)
      const early = (await bubbles(page))[1]?.length ?? 0
      await box(page).fill('next')
      await ended(page)
      const [, whole = ''] = await bubbles(page)
      expect(whole.length).toBeGreaterThan(early)
      expect(whole.split(' ')).toHaveLength(30)
      expect(await box(page).inputValue()).toBe('next')
      expect(await bubbles(page)).toHaveLength(2)
      await page.reload()
      expect((await bubbles(page))[1]).toBe(whole)
      await page.context().close()
    })

    it('stops, stops the model, and keeps what the server has of it', async () => {
      const page = await open()
      const message = slow()
      await ask(page, message)
      await begun(page)
      const committed = page.waitForResponse('**/chat/commit')
      await button(page, 'Stop').click()
      expect((await committed).status()).toBe(200)
      await log(page).getByText('Stopped').waitFor()
      await eventually(() => log(page).locator('[data-turn]').count()).toBe(2)
      const before = await bubbles(page)
      expect(before[1]?.length).toBeGreaterThan(3)
      await eventually(async () =>
        (await recorded(server, message)).map(({ abandoned }) => abandoned),
      ).toEqual([true])
      await page.reload()
      expect(await bubbles(page)).toEqual(before)
      await log(page).getByText('Stopped').waitFor()
      await page.context().close()
    })

    it('gives the text back when it is stopped before the first word', async () => {
      const page = await open()
      await ask(page, '[fault:hang] precious')
      await page.keyboard.press('Escape')
      await ended(page)
      expect(await bubbles(page)).toEqual([])
      expect(await box(page).inputValue()).toBe('[fault:hang] precious')
      await page.context().close()
    })

    it('is not asked for again by the second click of a double click on Stop', async () => {
      const page = await open()
      await ask(page, '[fault:hang] precious')
      await button(page, 'Stop').waitFor()
      const { x = 0, y = 0 } = (await page.locator('[data-action="send"]').boundingBox()) ?? {}
      await page.mouse.move(x + 9, y + 9)
      await page.mouse.down({ clickCount: 1 })
      await page.mouse.up({ clickCount: 1 })
      await button(page, 'Send').waitFor()
      await page.mouse.down({ clickCount: 2 })
      await page.mouse.up({ clickCount: 2 })
      expect(await bubbles(page)).toEqual([])
      expect(await box(page).inputValue()).toBe('[fault:hang] precious')
      await page.context().close()
    })

    it('leaves the focus in the page when the button that asked for it goes', async () => {
      const page = await open()
      const idea = log(page).locator('[data-action="starter"]').first()
      for (const asking of [idea, button(page, 'Try again')]) {
        await asking.focus()
        await page.keyboard.press('Enter')
        expect(await isFocused(box(page))).toBe(true)
        await ended(page)
      }
      await page.context().close()
    })

    it('may hold line separators that end no line of the stream', async () => {
      const page = await open()
      await say(page, '[say:one\u2028two\u2029three]')
      const before = await bubbles(page)
      expect(before[1]).toBe('one\u2028two\u2029three')
      await page.reload()
      expect(await bubbles(page)).toEqual(before)
      await page.context().close()
    })

    it('reads the same in both tabs, half a character and carriage returns included', async () => {
      const page = await open()
      await say(page, 'first')
      const other = await openTab(page.context(), page.url())
      const text = ['Half \ud83d', ' one\r', '\nand **more**']
      const words = text.map((content) => {
        return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
      })
      await say(page, scripted({ chunks: [...words, 'data: [DONE]\n\n'] }))
      const said = 'Half \ufffd one\nand more'
      await eventually(async () => (await bubbles(other))[3]).toBe(said)
      await say(other, 'next')
      await eventually(async () => (await bubbles(page)).length).toBe(6)
      expect((await bubbles(page))[3]).toBe(said)
      await page.context().close()
    })

    it('is saved at the second try when the first one fails', async () => {
      const page = await open()
      const failing = { status: 503, json: { error: 'Busy.', code: 'internal', requestId: 'r' } }
      await page.route('**/chat/commit', (route) => route.fulfill(failing), { times: 1 })
      const saved = page.waitForResponse(
        (answer) => answer.url().endsWith('/commit') && answer.ok(),
      )
      await say(page, 'hello')
      await saved
      expect(await bubbles(page)).toEqual(['hello', 'Reply to 1 of yours.'])
      await page.reload()
      expect(await bubbles(page)).toEqual(['hello', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('is tried again in its own place', async () => {
      const page = await open()
      const mark = crypto.randomUUID()
      await say(page, mark)
      await say(page, 'second')
      expect((await bubbles(page)).at(-1)).toBe('Reply to 2 of yours.')
      await button(page, 'Try again').click()
      await ended(page)
      expect(await bubbles(page)).toEqual([
        mark,
        'Reply to 1 of yours.',
        'second',
        'Reply to 2 of yours.',
      ])
      expect(await recorded(server, mark)).toHaveLength(3)
      await page.reload()
      expect(await bubbles(page)).toHaveLength(4)
      await page.context().close()
    })

    it('comes back when trying again fails, and the failed question can be asked once more', async () => {
      const page = await open()
      await say(page, 'first')
      await page.route('**/chat', (route) => route.abort(), { times: 1 })
      await button(page, 'Try again').click()
      await ended(page)
      const shown = await bubbles(page)
      expect(shown.slice(0, 3)).toEqual(['first', 'Reply to 1 of yours.', 'first'])
      expect(shown[3]).toContain('cannot be reached')
      await button(page, 'Try again').click()
      await eventually(() => bubbles(page)).toEqual(['first', 'Reply to 1 of yours.'])
      await page.reload()
      expect(await bubbles(page)).toEqual(['first', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('gives way to the reply to a changed message', async () => {
      const page = await open()
      await say(page, 'mistake')
      await box(page).fill('a draft')
      await editLast(page).click()
      // The input method's own, in Safari.
      await box(page).dispatchEvent('keydown', { key: 'Escape', keyCode: 229, bubbles: true })
      expect(await box(page).inputValue()).toBe('mistake')
      await page.keyboard.press('Escape')
      expect(await box(page).inputValue()).toBe('a draft')
      await editLast(page).click()
      await page.getByRole('link', { name: 'Cancel' }).waitFor()
      await say(page, 'better')
      expect(await bubbles(page)).toEqual(['better', 'Reply to 1 of yours.'])
      expect(await box(page).inputValue()).toBe('a draft')
      await page.reload()
      expect(await bubbles(page)).toEqual(['better', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('is not replaced by a change that began before another tab went on', async () => {
      const page = await open()
      await say(page, 'first')
      const other = await openTab(page.context(), page.url())
      await editLast(page).click()
      await say(other, 'second')
      await eventually(async () => (await bubbles(page)).length).toBe(4)
      await say(page, 'first, changed')
      const all = ['first', 'second', 'first, changed'].flatMap((message, i) => [
        message,
        `Reply to ${i + 1} of yours.`,
      ])
      expect(await bubbles(page)).toEqual(all)
      await page.reload()
      expect(await bubbles(page)).toEqual(all)
      await page.context().close()
    })

    it('goes from the tab that asked when another tab replaces it', async () => {
      const page = await open()
      await say(page, 'first')
      const other = await openTab(page.context(), page.url())
      await eventually(async () => (await bubbles(other)).length).toBe(2)
      await editLast(other).click()
      await say(other, 'better')
      await eventually(() => bubbles(page)).toEqual(['better', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('can fail, and then the question can be changed', async () => {
      const page = await open()
      const long = 'x'.repeat(32_001)
      await say(page, long)
      expect((await bubbles(page))[1]).toContain('too long')
      await box(page).fill('a draft')
      await editLast(page).click()
      expect(await box(page).inputValue()).toBe(long)
      await say(page, 'short')
      expect(await bubbles(page)).toEqual(['short', 'Reply to 1 of yours.'])
      expect(await box(page).inputValue()).toBe('a draft')
      await page.context().close()
    })

    it('leaves the old one and the new question when it is stopped before its first word', async () => {
      const page = await open()
      await say(page, 'first')
      await editLast(page).click()
      await ask(page, '[fault:hang] better')
      await page.keyboard.press('Escape')
      await ended(page)
      expect(await bubbles(page)).toEqual([
        'first',
        'Reply to 1 of yours.',
        '[fault:hang] better',
        'You stopped this before the answer began.',
      ])
      await editLast(page).click()
      await say(page, 'better')
      expect(await bubbles(page)).toEqual(['better', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('is copied as Markdown', async () => {
      const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
      await say(page, '[say:**bold** and `code`]')
      await button(page, 'Copy').click()
      await button(page, 'Copied').waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('**bold** and `code`')
      await button(page, 'Copy').waitFor()
      await page.context().close()
    })

    it('is rendered while it comes, its code with a button of its own', async () => {
      const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
      await say(page, '[say:Some **bold** words:\n\n```js\nconst a = 1\n```]')
      await log(page).locator('strong').getByText('bold').waitFor()
      expect(await log(page).locator('.hl-k').textContent()).toBe('const')
      await log(page).locator('.code').getByRole('button', { name: 'Copy' }).click()
      await button(page, 'Copied').waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe('const a = 1')
      await button(page, 'Copied').waitFor({ state: 'detached' })
      const live = await log(page).locator('.assistant .text').textContent()
      await page.reload()
      const saved = await log(page).locator('.assistant .text').textContent()
      expect(saved).toBe(live)
      await page.context().close()
    })

    it('is not lost by a reload in its middle', async () => {
      const page = await open()
      await ask(page, slow())
      // Long enough for the server to have sent a part that can be saved.
      await eventually(async () => (await bubbles(page))[1]?.split(' ').length).toBeGreaterThan(40)
      await page.reload()
      await log(page).getByText('Stopped').waitFor()
      expect((await bubbles(page))[1]?.length).toBeGreaterThan(3)
      await page.context().close()
    })

    it('shows in the other tab, also when both get one at once', async () => {
      const page = await open()
      await say(page, 'hello')
      const other = await openTab(page.context(), page.url())
      expect(await bubbles(other)).toEqual(['hello', 'Reply to 1 of yours.'])
      await Promise.all([
        ask(page, '[count:20] [every:30] here'),
        ask(other, '[count:25] [every:30] there'),
      ])
      await Promise.all([ended(page), ended(other)])
      await eventually(async () => (await bubbles(page)).length).toBe(6)
      await eventually(() => bubbles(other)).toEqual(await bubbles(page))
      const before = await bubbles(page)
      await page.reload()
      expect((await bubbles(page)).toSorted()).toEqual(before.toSorted())
      await page.context().close()
    })
  })
}
