/** The list of conversations: what the script makes of its menus, its filter and its keys. */

import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  ask,
  box,
  bubbles,
  button,
  entries,
  eventually,
  isFocused,
  say,
  type Visits,
} from './visit.ts'

/** Conversations, each begun by one of these messages. */
async function begin(page: Page, ...messages: string[]): Promise<void> {
  for (const message of messages) {
    await page.goto(new URL('/', page.url()).href)
    await say(page, message)
    await eventually(() => entries(page)).toContain(message)
  }
}

/** Opens an entry's menu, and a part of it. */
async function unfold(page: Page, title: string, part: string): Promise<void> {
  await page.getByRole('button', { name: `Options for “${title}”` }).click()
  await page.locator(':popover-open').getByText(part, { exact: true }).click()
}

async function remove(page: Page, title: string): Promise<void> {
  await unfold(page, title, 'Delete')
  await button(page, 'Delete for good').click()
}

export function describeList({ open, openTab }: Visits): void {
  describe('the list', () => {
    it('gives Undo some seconds in every tab, and then deletes', async () => {
      const page = await open()
      await begin(page, 'one', 'two')
      const other = await openTab(page.context(), page.url())
      await remove(page, 'one')
      expect(await entries(page)).toEqual(['two'])
      await eventually(() => entries(other)).toEqual(['two'])
      await button(page, 'Undo').click()
      expect(await entries(page)).toEqual(['two', 'one'])
      await eventually(() => entries(other)).toEqual(['two', 'one'])
      await page.clock.install()
      const deleted = page.waitForResponse('**/delete')
      await remove(page, 'one')
      await page.clock.runFor(8500)
      expect((await deleted).status()).toBe(200)
      await eventually(() => button(page, 'Undo').isVisible()).toBe(false)
      await eventually(() => other.locator('#list [data-id]').count()).toBe(1)
      await page.reload()
      expect(await entries(page)).toEqual(['two'])
      await page.context().close()
    })

    it('leads to an empty page when the conversation that is shown is deleted, with Undo', async () => {
      const page = await open()
      await begin(page, 'one', 'two')
      const { href } = new URL(page.url())
      await remove(page, 'two')
      await page.waitForURL((url) => url.pathname === '/')
      expect(await entries(page)).toEqual(['one'])
      await button(page, 'Undo').click()
      expect(await entries(page)).toEqual(['two', 'one'])
      await page.goto(href)
      expect(await bubbles(page)).toEqual(['two', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('deletes when the page closes', async () => {
      const page = await open()
      await begin(page, 'one', 'two')
      await remove(page, 'one')
      await page.waitForTimeout(2200)
      await page.reload()
      await eventually(() => page.locator('#list [data-id]').count()).toBe(1)
      expect(await button(page, 'Undo').isVisible()).toBe(false)
      await page.context().close()
    })

    it('brings a conversation back that cannot be deleted, and says why', async () => {
      const page = await open()
      await begin(page, 'one', 'two')
      await page.route('**/delete', (route) => route.abort())
      await page.clock.install()
      await remove(page, 'one')
      await page.clock.runFor(8500)
      await eventually(async () => (await bubbles(page)).at(-1)).toContain(
        'The server cannot be reached.',
      )
      expect(await entries(page)).toEqual(['two', 'one'])
      await page.context().close()
    })

    it('renames in place, here and in other tabs', async () => {
      const page = await open()
      await begin(page, 'one')
      const other = await openTab(page.context())
      await unfold(page, 'one', 'Rename')
      await page.getByRole('textbox', { name: 'New name' }).fill('Another name')
      await page.keyboard.press('Enter')
      await eventually(() => entries(page)).toEqual(['Another name'])
      expect(await page.title()).toContain('Another name')
      await eventually(() => entries(other)).toEqual(['Another name'])
      expect(await bubbles(page)).toEqual(['one', 'Reply to 1 of yours.'])
      await page.context().close()
    })

    it('filters by title while one writes, and finds what was said', async () => {
      const page = await open()
      await begin(page, 'Apples', 'Pears [say:They grow beside the quinces.]')
      let asked = 0
      page.on('request', () => {
        asked += 1
      })
      await page.keyboard.press('Control+KeyK')
      expect(await isFocused(page.locator('#filter'))).toBe(true)
      await page.keyboard.type('ap')
      expect(await entries(page)).toEqual(['Apples'])
      expect(asked).toBe(0)
      await page.locator('#filter').fill('QUINCES')
      const found = page.locator('#found a')
      await eventually(() => found.allTextContents()).toHaveLength(1)
      expect(await found.textContent()).toContain('quinces')
      await page.locator('#filter').fill('')
      await eventually(() => found.count()).toBe(0)
      expect(await entries(page)).toHaveLength(2)
      await page.context().close()
    })

    it('opens as a drawer for its filter on a phone', async () => {
      const page = await open({ viewport: { width: 390, height: 700 } })
      expect(await page.locator('#filter').isVisible()).toBe(false)
      await page.keyboard.press('Control+KeyK')
      expect(await isFocused(page.locator('#filter'))).toBe(true)
      await page.context().close()
    })

    it('is saved with all conversations as one file', async () => {
      const page = await open()
      await begin(page, 'one', 'two')
      await button(page, 'Menu').click()
      const download = page.waitForEvent('download')
      await button(page, 'Save all conversations').click()
      const file = await (await download).path()
      const {
        conversations,
      }: { conversations: { title: string; turns: { content: string }[] }[] } = JSON.parse(
        await readFile(file, 'utf8'),
      )
      expect(conversations.map(({ title }) => title)).toEqual(['two', 'one'])
      expect(conversations[1]?.turns.map(({ content }) => content)).toEqual([
        'one',
        'Reply to 1 of yours.',
      ])
      await page.context().close()
    })
  })

  describe('an old conversation', () => {
    it('is moved to the store by a step, where the page asks for it', async () => {
      const page = await open()
      await say(page, 'one')
      const asked: string[] = []
      await page.route('**/park', (route) => {
        asked.push(new URL(route.request().url()).pathname)
        return route.fulfill({ json: { status: 'parking' } })
      })
      await page.route(page.url(), async (route) => {
        const response = await route.fetch()
        const body = (await response.text()).replace('<html', '<html data-park="abcdefghijklmnop"')
        await route.fulfill({ response, body })
      })
      await page.reload()
      await eventually(() => asked).toHaveLength(1)
      await page.waitForTimeout(300)
      expect(asked).toEqual(['/c/abcdefghijklmnop/park'])
      await page.context().close()
    })
  })

  describe('an earlier question', () => {
    it('is changed in a conversation of its own, and the old one stays', async () => {
      const page = await open()
      await say(page, 'one')
      await say(page, 'two')
      await say(page, 'three')
      const first = page.url()
      await box(page).fill('a draft')
      await page.getByRole('link', { name: 'Edit', exact: true }).nth(1).click()
      await page.getByText('a new conversation begins from there').waitFor()
      expect(await box(page).inputValue()).toBe('two')
      await eventually(() => page.locator('[data-role=user][data-turn]').count()).toBe(3)
      await ask(page, 'two, changed')
      await page.waitForURL((url) => url.href !== first && url.pathname !== '/')
      await eventually(() => bubbles(page)).toEqual([
        'one',
        'Reply to 1 of yours.',
        'two, changed',
        'Reply to 2 of yours.',
      ])
      await page.goto(first)
      expect(await bubbles(page)).toHaveLength(6)
      expect(await box(page).inputValue()).toBe('a draft')
      await page.context().close()
    })
  })
}
