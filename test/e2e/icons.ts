/** Draws the page's PNG icons from its SVG. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'

const folder = fileURLToPath(new URL('../../static/', import.meta.url))

/** Writes the icons that the manifest names into `static`. */
export async function drawIcons(browser: Browser): Promise<void> {
  const svg = readFileSync(`${folder}favicon.svg`, 'utf8')
  // A launcher cuts a maskable icon to any shape: it is all background, with the drawing in the inner 80 % (W3C Web App Manifest).
  const maskable = svg.replace('viewBox="0 0 32 32"', 'viewBox="-5 -5 42 42"')
  await draw(browser, 'icon-192', 192, svg)
  await draw(browser, 'icon-512', 512, svg)
  await draw(browser, 'icon-maskable', 512, maskable, '#5b21b6')
}

async function draw(
  browser: Browser,
  name: string,
  size: number,
  svg: string,
  background = 'transparent',
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(`<body style="margin:0;background:${background}">${svg}`)
  await page.screenshot({ path: `${folder}${name}.png`, omitBackground: true })
  await page.close()
}
