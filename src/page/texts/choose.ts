/** Picks the page's language by what the browser prefers (RFC 9110 §12.5.4). */

import { ar } from './ar.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import type { Texts } from './texts.ts'

/** The languages of the page, each with its texts. */
export const LANGUAGES: readonly Texts[] = [en, de, ar]

/** How much of the header is read. No browser sends more. */
const MAX_HEADER_CHARS = 500

/**
 * The texts of the language that the browser likes best of those that there are; English when there
 * is none. Regions do not count: `de-AT` is German.
 *
 * @param header `Accept-Language`, like `de-AT,de;q=0.9,en;q=0.5`
 * @param chosen the language that the visitor has chosen, which counts more
 */
export function chooseTexts(header: string | undefined, chosen: string | null = null): Texts {
  const own = LANGUAGES.find(({ language }) => language === chosen)
  if (own) return own
  const ranges = (header ?? '').slice(0, MAX_HEADER_CHARS).split(',')
  const wanted = ranges.map((range) => {
    const [tag = '', ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return { language: tag.split('-')[0], weight: weight ? Number(weight.slice(2)) || 0 : 1 }
  })
  const best = wanted
    .filter(({ weight }) => weight > 0)
    // Sorting is stable: of two languages with the same weight, the first one wins.
    .sort((a, b) => b.weight - a.weight)
    .map(({ language }) => LANGUAGES.find((texts) => texts.language === language))
    .find((texts) => texts !== undefined)
  return best ?? en
}
