/** The page with something in everything, in every look: as it is, with all that opens, without a script. */

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorPage } from '../../src/page/error-page.tsx'
import { ar } from '../../src/page/texts/ar.ts'
import { en } from '../../src/page/texts/en.ts'
import { violations } from '../support/axe.ts'
import { findBrowser } from '../support/browser.ts'
import type { Listening } from '../support/listen.ts'
import { chatPage, EMPTY, emptyPage, idOf, sharedPage } from '../support/sample-page.ts'
import { serveSamples } from '../support/sample-pages.ts'
import { distance, scrollTop } from './visit.ts'

const PHONE = { isMobile: true, hasTouch: true }
const WIDE = { viewport: { width: 1280, height: 800 } }
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  'wide and light': { ...WIDE, colorScheme: 'light' },
  'wide and dark': { ...WIDE, colorScheme: 'dark' },
  'a phone, light': { ...PHONE, viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  'a phone, dark': { ...PHONE, viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  'a phone of 320 pixels': { ...PHONE, viewport: { width: 320, height: 568 } },
  '400 % zoom': { viewport: { width: 320, height: 200 }, deviceScaleFactor: 4 },
  'forced colours': { ...WIDE, forcedColors: 'active' },
  'no script': { ...WIDE, javaScriptEnabled: false },
}
/** In these all pages are looked at, and in two directions. They have everything of the others. */
const THOROUGH = ['wide and light', 'a phone, dark']
const SOME_PAGES = ['conversation', 'empty', 'shared']
/** What opens looks alike in the others. */
const OPENED = [...THOROUGH, 'a phone of 320 pixels', 'forced colours', 'no script']
const EDITING = { turn: '0000000000001', text: 'Show me everything.', isLast: false }
const PAGES: Readonly<Record<string, string>> = {
  conversation: chatPage(),
  empty: emptyPage({ isDemo: true, leaving: 'Compound interest' }),
  editing: chatPage({ editing: EDITING, shared: '/s/mine' }),
  hidden: chatPage({ preferences: { theme: 'system', list: 'hidden' } }),
  failed: chatPage({
    cookieless: true,
    isDemo: true,
    list: { entries: [], filter: 'nothing', current: null },
    failed: { text: 'lost', sentence: 'The model failed to answer. Please try again.' },
  }),
  arabic: chatPage({ texts: ar, isDemo: true }),
  'arabic-empty': emptyPage({ texts: ar, isDemo: true, excerpt: EMPTY }),
  shared: sharedPage({ isOwner: true, unshareAt: '/c/x/unshare' }),
  error: String(
    ErrorPage({ appName: 'Sample', texts: en, status: 404, sentence: 'No.', requestId: 'r' }),
  ),
}

/** What a visitor can open, as the controls to press in turn. */
const SHEETS: Readonly<Record<string, readonly string[]>> = {
  'the menu': ['.bar [popovertarget="menu"]'],
  'the languages': ['.bar [popovertarget="menu"]', '#menu summary:has(.value)'],
  'the import': ['.bar [popovertarget="menu"]', '#menu details:has([type="file"]) summary'],
  'the list': ['.bar [popovertarget="list"]'],
  'a name': [
    '.bar [popovertarget="list"]',
    `[popovertarget="of-${idOf(1)}"]`,
    `#of-${idOf(1)} summary >> nth=0`,
  ],
  'a deletion': [
    '.bar [popovertarget="list"]',
    `[popovertarget="of-${idOf(2)}"]`,
    `#of-${idOf(2)} summary >> nth=1`,
  ],
}

/** How much wider than its window the page is. */
function overflow(page: Page): Promise<number> {
  return page.locator(':root').evaluate((root) => root.scrollWidth - root.clientWidth)
}

describe('the page', { timeout: 120_000 }, () => {
  const complaints: string[] = []
  let browser: Browser
  let samples: Listening
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
    samples = await serveSamples(PAGES)
  })
  afterAll(async () => {
    await browser.close()
    await samples.close()
    expect(complaints).toEqual([])
  })

  async function open(name: string, options: BrowserContextOptions = WIDE): Promise<Page> {
    const page = await browser.newPage(options)
    page.setDefaultTimeout(5000)
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${samples.url}/${name}`)
    return page
  }

  /** Presses what is there to be pressed: a wide window has no button that opens the list. */
  async function press(page: Page, controls: readonly string[]): Promise<void> {
    for (const control of controls) {
      const button = page.locator(control)
      if (await button.isVisible()) await button.click()
    }
  }

  describe.each(Object.entries(LOOKS))('in the look “%s”', (look, options) => {
    it('has nothing in the way, and nothing to scroll sideways', async () => {
      for (const name of THOROUGH.includes(look) ? Object.keys(PAGES) : SOME_PAGES) {
        const page = await open(name, options)
        if (look !== 'no script') expect(await violations(page), name).toEqual([])
        expect(await overflow(page), name).toBe(0)
        await page.close()
      }
    })

    if (!OPENED.includes(look)) return
    it('has nothing in the way whatever is open', async () => {
      for (const name of THOROUGH.includes(look) ? ['conversation', 'arabic'] : ['conversation']) {
        for (const [sheet, controls] of Object.entries(SHEETS)) {
          const page = await open(name, options)
          await press(page, controls)
          const last = page.locator(controls.at(-1) ?? '')
          if (sheet !== 'the list') expect(await last.isVisible(), `${name}: ${sheet}`).toBe(true)
          if (look !== 'no script') expect(await violations(page), `${name}: ${sheet}`).toEqual([])
          expect(await overflow(page), `${name}: ${sheet}`).toBe(0)
          await page.close()
        }
      }
    })
  })

  it('shows the list as a drawer on a phone, which needs no script', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open('conversation', {
        ...PHONE,
        viewport: { width: 390, height: 844 },
        javaScriptEnabled,
      })
      const list = page.getByRole('navigation', { name: 'Conversations' })
      const opener = page.getByRole('button', { name: 'Conversations' })
      expect(await list.isVisible()).toBe(false)
      await opener.tap()
      expect(await list.isVisible()).toBe(true)
      await list.getByRole('button', { name: 'Close' }).tap()
      expect(await list.isVisible()).toBe(false)
      await opener.tap()
      await page.keyboard.press('Escape')
      expect(await list.isVisible()).toBe(false)
      await opener.tap()
      await page.touchscreen.tap(380, 600)
      expect(await list.isVisible()).toBe(false)
      // A menu that opens out of the drawer leaves the drawer open.
      await opener.tap()
      await page.getByRole('button', { name: 'Options for “Two days in Lisbon”' }).tap()
      expect(await list.isVisible()).toBe(true)
      const stop = page.locator(`#of-${idOf(2)}`).getByRole('button', { name: 'Stop sharing' })
      expect(await stop.isVisible()).toBe(true)
      await page.close()
    }
  })

  it('shows the list as a column where the window is wide, unless it shall not', async () => {
    const page = await open('conversation', { ...WIDE, javaScriptEnabled: false })
    const list = page.getByRole('navigation', { name: 'Conversations' })
    const { width = 0, height = 0 } = (await list.boundingBox()) ?? {}
    expect([width, height]).toEqual([272, 800 - 52])
    expect(await page.getByRole('button', { name: 'New chat' }).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Hide the list' }).isVisible()).toBe(true)
    await page.goto(`${samples.url}/hidden`)
    expect(await list.isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Show the list' }).isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'New chat' }).count()).toBe(1)
    await page.close()
  })

  it('stays where it is while one types', async () => {
    for (const options of [WIDE, { viewport: { width: 390, height: 844 } }]) {
      const page = await open('conversation', options)
      await page.evaluate('scrollTo(0, 400)')
      await page.locator('#message').focus()
      const before = await scrollTop(page)
      expect(before).toBeGreaterThan(300)
      await page.keyboard.type('Some words.')
      expect(await scrollTop(page)).toBe(before)
      await page.close()
    }
  })

  it('puts nothing that has the focus under its bar or its box', async () => {
    const page = await open('conversation')
    await page.evaluate('scrollTo(0, 0)')
    const controls = page.locator('#thread :is(a, button, [tabindex]):visible')
    const top = 52
    for (const control of await controls.all()) {
      await control.focus()
      const place = await control.boundingBox()
      const foot = await page.locator('.foot').boundingBox()
      if (!place || !foot) continue
      expect(place.y).toBeGreaterThanOrEqual(top)
      expect(Math.min(place.y + place.height, place.y + 40)).toBeLessThanOrEqual(foot.y + 16)
    }
    await page.close()
  })

  it('has room for a finger at every control on a phone', async () => {
    const page = await open('conversation', { ...PHONE, viewport: { width: 390, height: 844 } })
    const low = async () =>
      page
        .locator(':is(.icon, .button, .item, summary, .entry > a, .card, .brand):visible')
        .evaluateAll((found) =>
          found
            .filter((control) => control.getBoundingClientRect().height < 43.5)
            .map(({ outerHTML }) => outerHTML.slice(0, 80)),
        )
    expect(await low()).toEqual([])
    await press(page, SHEETS['the menu'] ?? [])
    expect(await low()).toEqual([])
    await page.keyboard.press('Escape')
    await press(page, SHEETS['a deletion'] ?? [])
    expect(await low()).toEqual([])
    await page.close()
  })

  it('begins with the newest, by the script or by its address', async () => {
    const page = await open('conversation')
    expect(await distance(page)).toBeLessThan(2)
    await page.close()
    const plain = await open('conversation#end', { ...WIDE, javaScriptEnabled: false })
    const { y = 0 } = (await plain.locator('.assistant').last().boundingBox()) ?? {}
    expect(y).toBeGreaterThan(52)
    expect(y).toBeLessThan(720)
    await plain.close()
  })

  it('goes to the box with a question to change, without losing its place', async () => {
    const page = await open('editing#message', { ...WIDE, javaScriptEnabled: false })
    expect(await page.locator('#message').evaluate((box) => box.matches(':focus'))).toBe(true)
    expect(await page.getByText('a new conversation begins from there').isVisible()).toBe(true)
    await page.close()
  })

  it('prints what was said, and nothing that is for a screen', async () => {
    const page = await open('conversation')
    await page.emulateMedia({ media: 'print' })
    for (const gone of ['.bar', '#list', '.foot', '.tools >> nth=0', '#earlier']) {
      expect(await page.locator(gone).isVisible(), gone).toBe(false)
    }
    expect(await page.getByText('Show me everything.').isVisible()).toBe(true)
    await page.close()
  })
})
