/** A visitor in a real browser: opens the page and works it by the names that a person sees or hears. */

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import { findBrowser } from '../support/browser.ts'
import { type Front, startFront } from '../support/front.ts'
import type { StartApp, StartedApp } from '../support/start.ts'

/** Longest wait of the app for the fake model, in milliseconds. */
const TIMEOUT_MS = 2000

interface VisitOptions extends BrowserContextOptions {
  readonly demo?: boolean
  /** Another address than the app's own. */
  readonly at?: string
}

export interface Visits {
  /** A new visitor. With `demo`, the built-in model answers, otherwise the fake model server. */
  open(options?: VisitOptions): Promise<Page>
  /** Puts a proxy in front of the app, until the end of the suite. */
  putInFront(keepsCookies?: boolean): Promise<Front>
  /** Another tab of the same visitor. */
  openTab(context: BrowserContext, url?: string): Promise<Page>
  /** The fake model server's address. */
  readonly server: string
}

/** Starts a browser and both apps for a suite; at its end nothing may have been complained about in any page. */
export function visits(start: StartApp): Visits {
  const server = inject('modelServer')
  const complaints: string[] = []
  let browser: Browser
  let demo: StartedApp
  let app: StartedApp
  const fronts: Front[] = []
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
    const settings = { HF_MODEL_URL: `${server}/v1`, TIMEOUT_MS: String(TIMEOUT_MS) }
    ;[demo, app] = await Promise.all([start({}), start(settings)])
  })
  afterAll(async () => {
    await browser.close()
    await Promise.all([...fronts, demo, app].map((started) => started.close()))
    // Also what the Content-Security-Policy stopped is a complaint of the browser's.
    expect(complaints).toEqual([])
  })
  async function openTab(context: BrowserContext, url = app.url): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      const expected = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !expected) complaints.push(message.text())
    })
    await page.goto(url)
    return page
  }
  return {
    server,
    openTab,
    async open({ demo: wantsDemo = false, at = wantsDemo ? demo.url : app.url, ...options } = {}) {
      return openTab(await browser.newContext(options), at)
    },
    async putInFront(keepsCookies = true) {
      const front = await startFront(app.url, keepsCookies)
      fronts.push(front)
      return front
    },
  }
}

export function box(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Message' })
}

export function log(page: Page): Locator {
  return page.getByRole('log', { name: 'Conversation' })
}

export function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

/** The titles in the list of conversations that are shown. */
export function entries(page: Page): Promise<string[]> {
  return page.locator('#list [data-id]:not([hidden]) > a bdi').allTextContents()
}

/** The messages that wait above the box. */
export function waiting(page: Page): Promise<string[]> {
  return page.locator('#queue:not([hidden]) .text').allTextContents()
}

/** The control that puts the last question into the box. */
export function editLast(page: Page): Locator {
  return page.getByRole('link', { name: 'Edit', exact: true }).last()
}

/** What stands in the bubbles, from top to bottom. */
export async function bubbles(page: Page): Promise<string[]> {
  const texts = await log(page).locator('.message .text').allTextContents()
  return texts.map((text) => text.trim())
}

/** Sends a message and does not wait for the reply. */
export async function ask(page: Page, text: string): Promise<void> {
  await box(page).fill(text)
  await box(page).press('Enter')
}

/** Sends a message and waits for the end of the reply, whatever it is. */
export async function say(page: Page, text: string): Promise<void> {
  await ask(page, text)
  await ended(page)
}

/** Waits until no reply is on its way, nor waits to be saved. */
export async function ended(page: Page): Promise<void> {
  await button(page, 'Send').waitFor()
  await settled(page)
}

/**
 * Waits until the server holds what the page shows, or the page knows that it will not. In whatever
 * language.
 */
export async function settled(page: Page): Promise<void> {
  const idle = 'body:not([data-state="asking"], [data-state="answering"])'
  await page.locator(`${idle} #thread:not([aria-busy="true"])`).waitFor()
}

/** Waits until a reply has its first words. */
export async function begun(page: Page): Promise<void> {
  await log(page).locator('[data-state="growing"]').waitFor()
}

export function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element.matches(':focus'))
}

/** A number, and more text than a cookie can hold with a few others of its kind. */
export function numbered(turn: number): string {
  const chance = crypto.getRandomValues(new Uint8Array(300))
  return `Number ${turn} ${Array.from(chance, (byte) => byte.toString(16)).join('')}`
}

/** Asks until the answer is as expected. */
export function eventually<T>(read: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 8000 })
}

/** How far the conversation is from its end, in CSS pixels. */
export function distance(page: Page): Promise<number> {
  const root = page.locator(':root')
  return root.evaluate((element) => {
    return element.scrollHeight - element.scrollTop - element.clientHeight
  })
}

/** How far the page is scrolled down, in CSS pixels. */
export function scrollTop(page: Page): Promise<number> {
  return page.locator(':root').evaluate((element) => element.scrollTop)
}
