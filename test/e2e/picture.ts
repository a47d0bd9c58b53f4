/** Makes the README's pictures and the page's icons: one conversation with the demo model, in chromium. */

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BrowserContextOptions, chromium } from 'playwright-core'
import { findBrowser } from '../support/browser.ts'
import { startOnNode } from '../support/start.ts'
import { drawIcons } from './icons.ts'

const folder = fileURLToPath(new URL('../../.github/pictures/', import.meta.url))
const WIDE = { width: 1100, height: 760 }
const NARROW = { width: 390, height: 760 }
const PICTURES: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: WIDE },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  mobile: { viewport: NARROW, isMobile: true, hasTouch: true },
  'no-script': { viewport: NARROW, isMobile: true, hasTouch: true, javaScriptEnabled: false },
}

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
const app = await startOnNode({})
for (const [name, options] of Object.entries(PICTURES)) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.goto(app.url)
  const messages = ['My name is Ada', 'How do I connect a real model?', 'What is my name?']
  for (const [turn, message] of messages.entries()) {
    await page.getByRole('textbox', { name: 'Message' }).fill(message)
    await page.getByRole('button', { name: 'Send' }).click()
    await page
      .locator('.message.assistant:not([data-state="waiting"], [data-state="growing"])')
      .nth(turn)
      .waitFor()
  }
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled' })
  await context.close()
}
await drawIcons(browser)
await browser.close()
await app.close()
