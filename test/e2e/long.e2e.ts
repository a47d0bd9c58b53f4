/** A conversation of a thousand turns: the page opens with the newest, and leads to the first. */

import { describe, expect, it } from 'vitest'
import { createVisitor } from '../support/visitor.ts'
import { bubbles, distance, log, say, type Visits } from './visit.ts'

const TURNS = 1000

export function describeLong({ open }: Visits): void {
  describe('a conversation of a thousand turns', () => {
    it('opens with the newest, leads to the first, and goes on', { timeout: 180_000 }, async () => {
      const page = await open()
      const visitor = createVisitor(new URL(page.url()).origin)
      for (let turn = 1; turn <= TURNS; turn++) await visitor.say(`Turn ${turn}.`)
      const [name = '', value = ''] = visitor.cookie().split(/=(.*)/)
      await page.context().addCookies([{ name, value, url: page.url() }])
      await page.reload()
      expect((await bubbles(page)).at(-2)).toBe(`Turn ${TURNS}.`)
      expect((await bubbles(page)).length).toBeLessThan(100)
      expect(await distance(page)).toBeLessThan(2)
      const earlier = page.getByRole('link', { name: 'Earlier messages' })
      const count = () => log(page).locator('.message').count()
      while ((await earlier.count()) > 0) {
        const before = await count()
        await earlier.click()
        await log(page).locator('.message').nth(before).waitFor()
      }
      const users = await log(page).locator('.user .text').allTextContents()
      expect(users).toEqual(Array.from({ length: TURNS }, (_, turn) => `Turn ${turn + 1}.`))
      await say(page, 'One more.')
      expect(await count()).toBe(2 * TURNS + 2)
      await page.context().close()
    })
  })
}
