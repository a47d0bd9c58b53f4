import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Firefox, type FirefoxTab, findFirefox, startFirefox } from '../support/firefox.ts'
import { type StartedApp, startOnNode } from '../support/start.ts'

const ENTER = '\uE007'

describe('the page in Firefox', () => {
  let app: StartedApp
  let firefox: Firefox
  let tab: FirefoxTab
  beforeAll(async () => {
    app = await startOnNode({ HF_MODEL_URL: `${inject('modelServer')}/v1` })
    firefox = await startFirefox(findFirefox() ?? '')
    tab = await firefox.openTab()
    await tab.goto(app.url)
  })
  afterAll(async () => {
    await firefox.close()
    await app.close()
  })

  const texts = (of: FirefoxTab) =>
    of.evaluate(
      `[...document.querySelectorAll('.message .text')].map(({ textContent }) => textContent.trim())`,
    )
  const says = (name: string) =>
    tab.evaluate(
      `document.querySelector('[data-action="send"]').ariaLabel === '${name}' && (document.querySelector('#thread').ariaBusy === 'true') === ('${name}' === 'Stop')`,
    )

  /** Where the conversation lives. */
  const address = async () => String(await tab.evaluate('location.href'))

  it('streams a reply that Enter asked for, and shows it after a reload', async () => {
    await tab.type(`[say:Good day] Hello${ENTER}`)
    await expect.poll(() => texts(tab)).toEqual(['[say:Good day] Hello', 'Good day'])
    await expect.poll(() => says('Send')).toBe(true)
    await tab.goto(await address())
    expect(await texts(tab)).toEqual(['[say:Good day] Hello', 'Good day'])
  })

  it('stops a reply and keeps what was said', async () => {
    await tab.type(`[count:300] [every:20]${ENTER}`)
    await expect.poll(() => says('Stop')).toBe(true)
    await expect
      .poll(() =>
        tab.evaluate(`document.querySelector('.assistant:last-of-type .text').textContent.length`),
      )
      .toBeGreaterThan(100)
    await tab.evaluate(`document.querySelector('[data-action="send"]').click()`)
    await expect.poll(() => says('Send')).toBe(true)
    await tab.goto(await address())
    const marks = await tab.evaluate(
      `[...document.querySelectorAll('.mark')].filter(({ hidden }) => !hidden).map(({ textContent }) => textContent.trim())`,
    )
    expect(marks).toContain('Stopped')
  })

  it('shows in another tab what this one did', async () => {
    const other = await firefox.openTab()
    await other.goto(await address())
    await tab.type(`[say:Both] see${ENTER}`)
    await expect.poll(() => texts(other)).toContain('Both')
  })

  it('complains about nothing', () => {
    expect(firefox.errors()).toEqual([])
  })
})
