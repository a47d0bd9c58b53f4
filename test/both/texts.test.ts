import { describe, expect, it } from 'vitest'
import { ar } from '../../src/page/texts/ar.ts'
import { chooseTexts } from '../../src/page/texts/choose.ts'
import { de } from '../../src/page/texts/de.ts'
import { en } from '../../src/page/texts/en.ts'

describe('chooseTexts()', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.5', 'de'],
    ['AR-EG', 'ar'],
    ['fi,de;q=0.3', 'de'],
    ['en;q=0.2, ar;q=0.8, de;q=0.4', 'ar'],
    ['de;q=0, en', 'en'],
    ['fi', 'en'],
    ['*', 'en'],
    [';;;q=,de;q=x', 'en'],
    [`${'x,'.repeat(100_000)}de`, 'en'],
  ])('answers %j', (header, language) => {
    expect(chooseTexts(header).language).toBe(language)
  })
})

describe('texts', () => {
  it.each([en, de, ar])(
    'of $language leave nothing empty, and say where the seconds stand',
    (texts) => {
      expect(Object.keys(texts.script)).toEqual(Object.keys(en.script))
      expect(Object.values(texts.script).filter((text) => text.trim() === '')).toEqual([])
      expect(texts.script.again).toContain('{n}')
      const places = [texts.options, texts.leaving, texts.copyFrom, texts.copyUntil]
      for (const text of places) expect(text).toMatch(/\{(title|date)\}/)
      // Every second part is code.
      expect(texts.demoHelp.split('`')).toHaveLength(7)
      expect(texts.demoHelp).toMatch(/HF_TOKEN.*HF_MODEL_URL/)
      expect(texts.ideas).toHaveLength(en.ideas.length)
    },
  )
})
