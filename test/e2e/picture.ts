/** Makes the picture in the README: one conversation with the demo model, in chromium. */

import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { findBrowser } from '../support/browser.ts'
import { startOnNode } from '../support/start.ts'

const path = fileURLToPath(new URL('../../.github/page.png', import.meta.url))
const browser = await chromium.launch({ executablePath: findBrowser() ?? '' })
const app = await startOnNode({})
const page = await browser.newPage({ viewport: { width: 860, height: 620 }, deviceScaleFactor: 1 })
await page.goto(app.url)
for (const message of [
  'Hello there',
  'I feel curious about open models',
  'What did I say first?',
]) {
  const before = await page.locator('.message').count()
  await page.getByRole('textbox', { name: 'Message' }).fill(message)
  await page.keyboard.press('Enter')
  await page
    .locator('.message')
    .nth(before + 1)
    .waitFor()
  await page.locator('.waiting').waitFor({ state: 'detached' })
}
await page.screenshot({ path })
await browser.close()
await app.close()
