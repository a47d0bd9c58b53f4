import axe from 'axe-core'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/markdown/markdown.ts'
import { findBrowser } from '../support/browser.ts'
import { REPLIES } from '../support/replies.ts'
import { XSS_VECTORS } from '../support/xss-vectors.ts'

const FOREIGN = [
  'script',
  'img',
  'iframe',
  'svg',
  'style',
  'object',
  'embed',
  'form',
  'input',
  'meta',
  'link',
  'base',
]

/** A page without any policy, so that only the renderer stands between a text and its script. */
const pageOf = (html: string) =>
  `<!DOCTYPE html><html lang="en"><head><title>Replies</title></head><body><main><h1>Replies</h1><h2>All</h2>${html}</main></body></html>`

describe('rendered Markdown in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser() ?? '', args: ['--no-sandbox'] })
  })
  afterAll(() => browser.close())

  /** What a document did besides being shown. */
  async function watch(html: string): Promise<string[]> {
    const page = await browser.newPage()
    const seen: string[] = []
    page.on('dialog', (dialog) => {
      seen.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('request', (request) => seen.push(`request: ${request.url()}`))
    page.on('console', (message) => seen.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => seen.push(`script: ${error.message}`))
    await page.route('**/*', (route) => route.abort())
    await page.setContent(pageOf(html))
    // Everything that could react to a pointer, the focus or a click does.
    await page.evaluate(`for (const element of document.querySelectorAll('main *'))
      for (const type of ['mouseover', 'focus', 'pointerenter', 'error', 'load', 'toggle'])
        element.dispatchEvent(new Event(type))`)
    const foreign = page.locator(`main :is(${FOREIGN.join()})`)
    seen.push(...(await foreign.evaluateAll((found) => found.map(({ outerHTML }) => outerHTML))))
    const links = await page
      .locator('main a')
      .evaluateAll((found) => found.map(({ outerHTML }) => outerHTML))
    seen.push(...links.filter((link) => !/^<a href="(?:https?|mailto):/i.test(link)))
    await page.close()
    return seen
  }

  it('runs no script, sends no request and opens no dialog, whatever the vector', async () => {
    expect(await watch(XSS_VECTORS.map(renderMarkdown).join('\n'))).toEqual([])
  })

  it('would notice if it did', async () => {
    const seen = await watch(
      '<img src="https://x.example/i" onerror="alert(1)"><a href="javascript:alert(2)">a</a>',
    )
    expect(seen.join()).toContain('request: https://x.example/i')
    expect(seen.join()).toContain('dialog: 1')
    expect(seen.join()).toContain('javascript:')
  })

  it('is accessible', async () => {
    const page = await browser.newPage()
    await page.setContent(pageOf(Object.values(REPLIES).map(renderMarkdown).join('\n')))
    await page.evaluate(axe.source)
    // Which heading comes first is for the model to choose: `##` as the first skips a level.
    const broken = await page.evaluate(`axe
      .run('main')
      .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`)
    await page.close()
    expect(broken).toEqual([])
  })
})
